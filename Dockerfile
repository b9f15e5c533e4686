# One image for all of Copytaster: watcher, worker, API and command line are different commands of the same wheel.
#
#   docker build -t copytaster:local .                              the product
#   docker build -t copytaster:local --build-arg LOCK=s3 .           the product for an archive on S3
#   docker build -t copytaster-monitoring:local --target monitoring .    the product with Flower
#
# There is no syntax line with a frontend image, and no stage copies from a public image: a build needs only the base
# image, a package index and Debian's packages. Another base image, such as that of a mirror: --build-arg PYTHON_IMAGE=…
ARG PYTHON_IMAGE=python:3.12-slim@sha256:78387bc3881b8273120a12ebe6c1ab22b018ccc2c9adf565ae1ac9b536e184ea


FROM ${PYTHON_IMAGE} AS dependencies
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
# Without pip: the product does not need it, and an intruder should not find it.
RUN python -m venv --without-pip /opt/copytaster
ARG LOCK=image
COPY requirements/${LOCK}.lock /tmp/requirements/packages.lock
# The lock has the extras whose settings docker-compose.yml passes on. It is copied before the sources, so that a change of
# code does not reinstall the dependencies. The cache is a mount and not part of a layer.
# hadolint ignore=DL3042
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/copytaster/bin/python install --require-hashes --only-binary=:all: -r /tmp/requirements/packages.lock
# Two fifths of these packages are the tests and the debugging symbols of a few.
# hadolint ignore=DL3008
RUN --mount=type=cache,target=/var/cache/apt \
    apt-get update -qq && apt-get install -qq --yes --no-install-recommends binutils \
    && site=$(echo /opt/copytaster/lib/python3*/site-packages) \
    && find "$site" -name tests -type d -prune -exec rm -r {} + \
    && find "$site"/spacy "$site"/thinc "$site"/zstandard -name '*.so' -exec strip --strip-debug {} + \
    && rm -r /var/lib/apt/lists/*


FROM ${PYTHON_IMAGE} AS wheel
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY services services
COPY workers workers
COPY docs/operations.md docs/
RUN --mount=type=cache,target=/root/.cache/pip pip wheel --no-deps --wheel-dir /wheels .


FROM dependencies AS product
RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels \
    pip --python /opt/copytaster/bin/python install --no-cache-dir --no-deps --no-index /wheels/*.whl


FROM ${PYTHON_IMAGE} AS runtime
# Official images have no bytecode of the standard library, and the root of a container is read-only: each process and
# each health check would compile the modules that it imports.
RUN python -m compileall -q -x '/(ensurepip|idlelib|lib2to3|site-packages|test|tkinter|turtledemo)/' \
    "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
# The commit of the sources, if the build is given one.
ARG REVISION=unknown
LABEL org.opencontainers.image.title="copytaster" \
    org.opencontainers.image.description="Drop news files in a folder; clean, tagged, deduplicated articles come out." \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.revision="${REVISION}"
# The image runs under any uid. This uid and gid have names, because Celery warns about a group without a name. A new
# volume that is mounted on /data gets the owner of this folder.
RUN groupadd --gid 10001 copytaster \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin copytaster \
    && install -d -m 0700 -o 10001 -g 10001 /data
# HOME is writable for every uid; the compose file makes the rest of the filesystem read-only.
ENV PATH=/opt/copytaster/bin:$PATH \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    COPYTASTER_DATA=/data \
    COPYTASTER_API_HOST=0.0.0.0 \
    COPYTASTER_LOG_FORMAT=json
COPY --from=product /opt/copytaster /opt/copytaster
WORKDIR /data
USER 10001:10001
EXPOSE 8000 9100
ENTRYPOINT ["copytaster"]
CMD ["up"]


FROM runtime AS monitoring
COPY requirements/monitoring.lock /tmp/requirements/
# The product's dependencies are already installed in the same versions, so this adds little more than Flower.
USER 0:0
# hadolint ignore=DL3042
RUN --mount=type=cache,target=/root/.cache/pip \
    /usr/local/bin/pip --python /opt/copytaster/bin/python install \
    --root-user-action=ignore --require-hashes --only-binary=:all: -r /tmp/requirements/monitoring.lock
# Readable whatever the umask of the checkout was.
COPY --chmod=0644 deploy/flower/start.py /opt/copytaster/bin/start-flower
USER 10001:10001
EXPOSE 5555
ENTRYPOINT ["python", "/opt/copytaster/bin/start-flower"]
CMD []


# `docker build` without a target builds the last stage.
FROM runtime AS copytaster
