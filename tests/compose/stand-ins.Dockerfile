# Debian's programs in place of public images that an engine without a registry cannot have. Same user, paths and entry
# points as in those images, so that the compose files are used as they are.
ARG PYTHON_IMAGE=python:3.12-slim

FROM ${PYTHON_IMAGE} AS programs
RUN apt-get update -qq && apt-get install -qq --yes --no-install-recommends \
    caddy prometheus-alertmanager prometheus-redis-exporter

FROM programs AS alertmanager
RUN ln -s /usr/bin/prometheus-alertmanager /bin/alertmanager && install -d -o 65534 -g 65534 /alertmanager
USER 65534:65534
ENTRYPOINT ["alertmanager"]

FROM programs AS redis-exporter
USER 59000:59000
EXPOSE 9121
ENTRYPOINT ["prometheus-redis-exporter"]

FROM programs AS caddy
# As in the public image: data and configuration of Caddy in the volumes.
ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
