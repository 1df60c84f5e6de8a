# Debian 12, whose pg_dump and pg_restore are those of PostgreSQL 15, as in compose.yaml.
FROM python:3.13-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DEBUG=0 DATA_DIR=/data
WORKDIR /app
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 pulse && mkdir /data && chown pulse /data

COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY manage.py .
COPY config config
COPY glossary glossary
COPY newsletter newsletter
COPY templates templates
COPY static static

USER pulse
VOLUME /data
EXPOSE 8000
# collectstatic writes next to the data, because it needs the settings of this very site.
CMD ["sh", "-c", "python manage.py migrate && python manage.py collectstatic --no-input -v 0 && exec gunicorn config.wsgi --bind 0.0.0.0:8000 --workers 2 --threads 4"]
