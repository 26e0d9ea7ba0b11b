# hopscope in a container: no root, no network, and a read-only file system is enough.
#   docker build -t hopscope .
#   docker run --rm -i --network none --read-only hopscope <mail.eml
FROM docker.io/library/python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN python -m venv /opt/hopscope \
    && /opt/hopscope/bin/python -m pip install --no-cache-dir --disable-pip-version-check ".[geo,outlook]" \
    && /opt/hopscope/bin/python -m pip uninstall --yes pip

FROM docker.io/library/python:3.13-slim
LABEL org.opencontainers.image.title="hopscope" \
      org.opencontainers.image.description="Trace a message hop by hop: which Exchange service handled it, and where the delay is." \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/hopscope /opt/hopscope
ENV PATH=/opt/hopscope/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
WORKDIR /mail
ENTRYPOINT ["hopscope"]
