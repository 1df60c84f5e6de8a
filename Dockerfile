# Debian 13, whose pg_dump and pg_restore are those of PostgreSQL 17, as in compose.yaml.
FROM python:3.13-slim-trixie

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DEBUG=0 DATA_DIR=/data
WORKDIR /app
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 pulse && install -d -o pulse /data

COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY manage.py .
COPY config config
COPY glossary glossary
COPY newsletter newsletter
COPY templates templates
COPY static static
# Static files are of this version, not of a site: any settings do.
RUN SITE_URL=https://a.invalid SECRET_KEY=- LINK_KEYS=k:---------------- ADDRESS_KEY=- \
    MAIL_URL=smtp://a.invalid MAIL_FROM=a DATA_DIR=/tmp \
    python manage.py collectstatic --no-input --verbosity 0 --skip-checks

USER pulse
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "-c", "config/gunicorn.py", "--bind", "0.0.0.0:8000"]
