FROM python:3.13-slim
WORKDIR /app
COPY requirements/runtime.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY bot bot
COPY handlers handlers
RUN pip install --no-cache-dir --no-deps --no-build-isolation . \
 && useradd --create-home bot && mkdir /data && chown bot /data
USER bot
# The default sqlite:///data/clock-in.db starts here, so it lies in the volume; the configuration alone says otherwise.
WORKDIR /
VOLUME /data
ENTRYPOINT ["clock-in-bot"]
CMD ["run", "--config", "/etc/clock-in-bot.yaml"]
