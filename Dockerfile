# Copytaster in one image: watcher, worker, API and command line are the same wheel under different commands.
#
#   docker build -t copytaster:local .                              the product
#   docker build -t copytaster-monitoring:local --target monitoring .    the product beside Flower
#
# The first line names no frontend image and no stage copies from a public image: a build needs one base image and a
# package index, nothing else. Pin the base by digest where it matters: --build-arg PYTHON_IMAGE=python:3.12-slim@sha256:…
ARG PYTHON_IMAGE=python:3.12-slim


FROM ${PYTHON_IMAGE} AS dependencies
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
# Without pip: what runs needs none, and what breaks in should find none.
RUN python -m venv --without-pip /opt/copytaster
COPY requirements/runtime.lock /tmp/requirements/
# The lock before the sources: a change of code does not install everything again. The cache is a mount, no layer.
# hadolint ignore=DL3042
RUN --mount=type=cache,target=/root/.cache/pip \
    pip --python /opt/copytaster/bin/python install --require-hashes --only-binary=:all: -r /tmp/requirements/runtime.lock


FROM ${PYTHON_IMAGE} AS wheel
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY services services
COPY workers workers
RUN --mount=type=cache,target=/root/.cache/pip pip wheel --no-deps --wheel-dir /wheels .


FROM dependencies AS product
RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels \
    pip --python /opt/copytaster/bin/python install --no-cache-dir --no-deps --no-index /wheels/*.whl


FROM ${PYTHON_IMAGE} AS runtime
# Any uid may run it. This one has a name, since Celery warns of a group that has none; a volume that is mounted on /data
# for the first time takes its owner over.
RUN groupadd --gid 10001 copytaster \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin copytaster \
    && install -d -o 10001 -g 10001 /data
# HOME is a place that every uid may write to; the compose file makes the rest read-only.
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
# What the product needs is there already in the same versions, so that this adds Flower and little else.
USER 0:0
# hadolint ignore=DL3042
RUN --mount=type=cache,target=/root/.cache/pip \
    /usr/local/bin/pip --python /opt/copytaster/bin/python install \
    --root-user-action=ignore --require-hashes --only-binary=:all: -r /tmp/requirements/monitoring.lock
COPY deploy/flower/start.py /opt/copytaster/bin/start-flower
USER 10001:10001
EXPOSE 5555
ENTRYPOINT ["python", "/opt/copytaster/bin/start-flower"]
CMD []


# The last stage is what `docker build` makes when no target is named.
FROM runtime AS copytaster
