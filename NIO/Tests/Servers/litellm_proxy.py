"""LiteLLM's proxy in front of an upstream in OpenAI's format, on a free port of the loopback interface.

    litellm_proxy.py UPSTREAM_PORT     prints "port N", and ends when its standard input does

The model's name is passed on as it is: it is the upstream's query. Requests have the key below.
"""

import os
import socket
import sys
import tempfile
import threading
from pathlib import Path

# Nothing is asked of the network: prices are those that the package has.
os.environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "CRITICAL", "NO_PROXY": "127.0.0.1"}

CONFIG = """
model_list:
  - model_name: "*"
    litellm_params:
      model: "openai/*"
      api_base: "http://127.0.0.1:{port}"
      api_key: "none"
general_settings:
  master_key: "sk-of-the-tests-of-sluice-0123456789"
  disable_spend_logs: true
litellm_settings:
  num_retries: 0
  request_timeout: 3600
  telemetry: false
"""


def end_with_input():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    config = Path(tempfile.mkdtemp(prefix="sluice-litellm-")) / "config.yaml"
    config.write_text(CONFIG.format(port=sys.argv[1]))
    os.environ["CONFIG_FILE_PATH"] = str(config)
    # What it prints while it starts is not the port.
    output = os.dup(1)
    os.dup2(2, 1)
    import uvicorn
    from litellm.proxy.proxy_server import app

    class Server(uvicorn.Server):
        async def startup(self, sockets=None):
            await super().startup(sockets)
            os.write(output, f"port {listener.getsockname()[1]}\n".encode())

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    threading.Thread(target=end_with_input, daemon=True).start()
    Server(uvicorn.Config(app, log_level="critical")).run(sockets=[listener])


if __name__ == "__main__":
    main()
