# The engineer's image: the locked packages, the readers for old formats and archives, an unprivileged user.
#   docker build -t baosong . && docker run -v /srv/baosong:/data -p 127.0.0.1:8025:8025 baosong
# Further machines: the same image with the command `worker` (docs/operations.md, More machines).
FROM python:3.11-slim-bookworm

RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      libreoffice-writer-nogui antiword libarchive13 fonts-noto-cjk tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /data --uid 10001 baosong

WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation . && rm -rf build

USER baosong
WORKDIR /data
ENV BAOSONG_CONFIG=/data/config.toml PYTHONUNBUFFERED=1
EXPOSE 8025
HEALTHCHECK --interval=60s --timeout=10s CMD ["baosong", "status", "--limit", "1"]
ENTRYPOINT ["tini", "--", "baosong"]
CMD ["run"]
