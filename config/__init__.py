"""Settings, access, problems and logging, shared by every service. Imports nothing else of ours."""
