# The binary alone, on a small Debian: `docker build -t jarvis .`
FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
RUN cargo build --release --locked

FROM debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home jarvis && install -d -o jarvis -g jarvis /data
COPY --from=build /build/target/release/jarvis /usr/local/bin/jarvis
USER jarvis
WORKDIR /data
ENV JARVIS_DATA_DIR=/data
VOLUME /data
ENTRYPOINT ["jarvis"]
CMD ["serve"]
