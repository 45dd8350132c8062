# One image for every Pigture service; compose.yaml gives each its command.
# Two stages, so that Node and pip's caches stay out of what runs.
FROM python:3.11-slim-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /pigture
COPY . .
RUN make install

FROM python:3.11-slim-bookworm
ARG COMMIT=unknown
ENV PIGTURE_COMMIT=${COMMIT} PIGTURE_DATA=/data PYTHONSAFEPATH=1 PYTHONUNBUFFERED=1 PATH=/pigture/.venv/bin:$PATH
RUN useradd --system --uid 10001 --home-dir /data pigture && install --directory --owner=pigture /data
COPY --from=build /pigture /pigture
# PostgreSQL, Valkey and Node from wheels are for laptops; here they run in containers of their own.
RUN rm -rf /pigture/annotation_ui/node_modules /pigture/.git
USER pigture
WORKDIR /data
VOLUME /data
ENTRYPOINT ["pigture"]
CMD ["serve", "--host", "0.0.0.0"]
