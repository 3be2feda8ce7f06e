FROM python:3.13-slim AS build
WORKDIR /app
# Neither pip nor a compiler comes along into the final image: the environment is filled from outside of it.
RUN python -m venv --without-pip /venv
COPY requirements/cluster.txt requirements/
RUN pip --python /venv/bin/python install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: --requirement requirements/cluster.txt
COPY manage.py ./
COPY statussite statussite
COPY incidents incidents
COPY templates templates
COPY locale locale
COPY static static
COPY tools/sbom.py tools/
# collectstatic needs a key to start with, but keeps none.
RUN SECRET_KEY=only-while-collecting-static-files-at-build /venv/bin/python manage.py collectstatic --no-input
RUN /venv/bin/python -m compileall -q statussite incidents
# What is in here, in the form that scanners read.
RUN /venv/bin/python tools/sbom.py > sbom.json
RUN rm -r tools data

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8000
# The base image brings a pip; nothing is ever installed here.
RUN pip uninstall --yes --root-user-action=ignore pip && rm -rf /usr/local/lib/python3*/ensurepip
RUN useradd --system --uid 10001 --no-create-home statussite
COPY --from=build /venv /venv
COPY --from=build /app /app
# All that is ever written: the embedded database and the kept pages, and what `publish` writes. The rest may be read-only.
RUN install --directory --owner=statussite /app/data /app/data/published /srv/status
WORKDIR /app
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/livez', timeout=2)"]
CMD ["python", "-m", "statussite.web"]
