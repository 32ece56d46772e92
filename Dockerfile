# The hub as an image. Targets: `production` (the default), `development` and `test`.
#
# What the lock files name is installed in a stage of its own: a change to the code installs nothing anew.
# pip stays in those stages, secrets stay outside all of them, and no process runs as root.

FROM docker.io/library/python:3.11-slim-bookworm AS base
RUN groupadd --gid 10001 teammarks \
 && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin teammarks \
 && install -d -o teammarks -g teammarks -m 700 /data
ENV PATH=/opt/teammarks/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TEAMMARKS_HOST=0.0.0.0 \
    TEAMMARKS_PORT=8000 \
    TEAMMARKS_DATA_DIR=/data
EXPOSE 8000
VOLUME /data
# The process answers; whether it can serve is /readyz, which is the proxy's to ask.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s CMD ["python3", "-c", "\
from os import environ; \
from http.client import HTTPConnection; \
hub = HTTPConnection('127.0.0.1', int(environ['TEAMMARKS_PORT']), timeout=4); \
hub.request('GET', '/healthz'); \
raise SystemExit(hub.getresponse().status != 200)"]
CMD ["teammarks", "serve"]


FROM base AS dependencies
RUN python3 -m venv /opt/pip && python3 -m venv --without-pip /opt/teammarks
ENV INSTALL="/opt/pip/bin/pip --python /opt/teammarks/bin/python install --no-cache-dir --disable-pip-version-check"
WORKDIR /src
COPY requirements.txt ./
RUN $INSTALL --require-hashes -r requirements.txt


FROM dependencies AS hub
COPY pyproject.toml README.md LICENSE ./
COPY hub hub
RUN $INSTALL --no-index --no-deps --no-build-isolation --prefix /hub .


FROM dependencies AS development
COPY requirements-dev.txt ./
RUN $INSTALL --require-hashes -r requirements-dev.txt
COPY . .
RUN $INSTALL --no-index --no-deps --no-build-isolation --editable . && chown teammarks: /src
USER 10001:10001


FROM development AS test
# Two ask about the repository as a whole, most of which stays outside.
CMD ["pytest", "-q", "-m", "not slow", "--ignore=tests/hub/test_documents.py", "--ignore=tests/hub/test_compose.py"]


FROM base AS production
COPY --from=dependencies /opt/teammarks /opt/teammarks
COPY --from=hub /hub /opt/teammarks
USER 10001:10001
WORKDIR /data
