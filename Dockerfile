# One image for every program of Counterpoint: the packages of requirements.lock, each compared with its hash.
FROM python:3.13.7-slim-bookworm

# films and sounds are encoded anew by the system's ffmpeg
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 10001 counterpoint \
    && install -d -o counterpoint -m 0700 /var/lib/counterpoint /var/lib/counterpoint-journal
WORKDIR /usr/src/counterpoint
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY content ./content
COPY worker ./worker
COPY cli ./cli
COPY web ./web
COPY templates ./templates
COPY docs ./docs
RUN pip install --no-cache-dir --no-deps .

USER counterpoint
WORKDIR /var/lib/counterpoint
ENV COUNTERPOINT_HOME=/var/lib/counterpoint COUNTERPOINT_JOURNAL=/var/lib/counterpoint-journal
ENTRYPOINT ["counterpoint"]
CMD ["doctor"]
