# Two stages: the first builds a virtual environment of locked packages, the second holds that and nothing else.
# docker build -t gov-pusher . && docker run -v pusher-data:/data -p 8080:8080 gov-pusher
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements-build.lock requirements-image.lock ./
RUN python3 -m venv /opt/build && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock
RUN python3 -m venv /opt/pusher && /opt/pusher/bin/pip install --no-cache-dir --require-hashes -r requirements-image.lock
COPY . .
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /opt/wheels .
RUN /opt/pusher/bin/pip install --no-cache-dir --no-deps /opt/wheels/*.whl

FROM python:3.13-slim
# Posters and handbooks as PDF: what the extra `print` draws with, and the smallest font with all Chinese letters.
RUN apt-get update && apt-get install -y --no-install-recommends \
  libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-wqy-microhei && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 pusher && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin pusher
RUN mkdir --mode 0700 /data && chown 10001:10001 /data
COPY --from=build /opt/pusher /opt/pusher
# Inside a container the web server has to listen on every address; what is published is decided outside.
ENV PATH=/opt/pusher/bin:$PATH PYTHONUNBUFFERED=1 PUSHER_SERVICE__HOST=0.0.0.0
# Settings (pusher.toml), templates of the town and the SQLite file live here.
WORKDIR /data
VOLUME /data
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/livez', timeout=4)"]
ENTRYPOINT ["pusher"]
CMD ["run"]
