# The base is the Debian release and the Python that the project's tests run on. "slim" has what
# every wheel in requirements/server.txt needs; Alpine's musl has no wheels of all of them.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
ENV PYTHONDONTWRITEBYTECODE=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
RUN python3 -m venv /opt/openchannels
WORKDIR /build
COPY requirements/server.txt requirements/
# A package index or certificates of your own: build with --secret id=pip.conf,src=FILE.
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    /opt/openchannels/bin/python -m pip install \
        --no-compile --require-hashes --only-binary :all: -r requirements/server.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY deploy/healthcheck.py /opt/openchannels/
# Bytecode holds a hash instead of a time, and all files have one time: nothing tells of the build.
ARG SOURCE_DATE_EPOCH=0
RUN /opt/openchannels/bin/python -m pip wheel --no-deps --no-build-isolation -w wheels . \
    && /opt/openchannels/bin/python -m pip install --no-compile --no-deps wheels/*.whl \
    && /opt/openchannels/bin/python -m pip uninstall -y \
        editables hatchling pathspec pluggy trove-classifiers setuptools pip \
    && python3 -m compileall -q -f --invalidation-mode unchecked-hash /opt/openchannels/lib \
    && install -d -m 0700 /data \
    && find /opt/openchannels /data -exec touch -h -d "@${SOURCE_DATE_EPOCH}" {} +

FROM ${BASE}
ARG VERSION=0.2.0
ARG REVISION=
LABEL org.opencontainers.image.title="openchannels" \
      org.opencontainers.image.description="One HTTP API over fifteen social platforms" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# SQLite and Python put temporary files into the volume: the root may be read-only.
ENV PATH=/opt/openchannels/bin:${PATH} \
    TMPDIR=/data \
    PYTHONDONTWRITEBYTECODE=1 \
    OPENCHANNELS_DATA_DIR=/data \
    OPENCHANNELS_SERVER__HOST=0.0.0.0 \
    OPENCHANNELS_SERVER__LOG_FORMAT=json \
    OPENCHANNELS_SERVER__PORT=8080 \
    OPENCHANNELS_JOBS__HEALTH_PORT=8080
COPY --from=build /opt/openchannels /opt/openchannels
COPY --from=build --chown=10001:10001 /data /data
# A number, because Kubernetes cannot tell of a name that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
# Servers and workers both answer there.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python3", "/opt/openchannels/healthcheck.py"]
ENTRYPOINT ["openchannels"]
CMD ["serve"]
