FROM python:3.13-slim AS build
WORKDIR /app
# Neither pip nor a compiler comes along into the final image: the environment is filled from outside of it.
RUN python -m venv --without-pip /venv
COPY requirements/base.txt requirements/
RUN pip --python /venv/bin/python install --no-cache-dir --disable-pip-version-check \
    --require-hashes --only-binary :all: --requirement requirements/base.txt
COPY manage.py ./
COPY statussite statussite
COPY incidents incidents
COPY templates templates
COPY static static
# collectstatic needs a key to start with, but keeps none.
RUN SECRET_KEY=only-while-collecting-static-files-at-build /venv/bin/python manage.py collectstatic --no-input \
    && /venv/bin/python -m compileall -q statussite incidents

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8000
RUN useradd --system --uid 10001 --no-create-home statussite
COPY --from=build /venv /venv
COPY --from=build /app /app
# The embedded database's place; with DATABASE_URL set to PostgreSQL nothing is written here.
RUN install --directory --owner=statussite /app/data
WORKDIR /app
USER statussite
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/livez', timeout=2)"]
CMD ["gunicorn", "-c", "statussite/gunicorn.py"]
