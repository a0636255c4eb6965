#!/usr/bin/env bash
# LangChain's model classes send another temperature than was set: 0.7 where none was (langchain-groq 1.1.3,
# langchain-mistralai 1.1.6), 1e-8 for 0 (langchain-groq), and none where 0.5 was (langchain-openai 1.7.4, gpt-5 models).
#
# What was done: each class asked a server on this machine, which kept what was sent, with no temperature, 0 and 0.5.
# What was seen: without a temperature, ChatOpenAI and ChatAnthropic (langchain-anthropic 1.7.10) send none, so the
# provider's default applies; ChatGroq and ChatMistralAI send 0.7, though the default "varies depending on the model" by
# the documentation of Mistral's client, mistralai 3.7.0. ChatGroq sends 1e-8 for 0. ChatOpenAI leaves a temperature of 0.5
# out for gpt-5 and gpt-5.1, without a warning, and sends it for gpt-5.1 with reasoning_effort="none", which is the default
# of gpt-5.1 by Microsoft's reference of the service. (For gpt-5.1 and later this is LangChain's issue 35423.)
# What it means: models compared "at the default temperature" are not; a study that says 0.5 may have been run at 1. What
# was sent is known only from the request itself.
# Exits with 0 while this is so, with 1 when it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  langchain-core==1.8.3 langchain-openai==1.7.4 langchain-groq==1.1.3 langchain-mistralai==1.1.6 \
  langchain-anthropic==1.7.10 openai==3.3.0 groq==0.37.1
cat > try.py <<'PY'
import json
import threading
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer

from langchain_anthropic import ChatAnthropic
from langchain_groq import ChatGroq
from langchain_mistralai import ChatMistralAI
from langchain_openai import ChatOpenAI

requests = []
CHAT = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "4"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6},
}
MESSAGE = {
    "id": "1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [{"type": "text", "text": "4"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 5, "output_tokens": 1},
}


class Provider(BaseHTTPRequestHandler):
    def do_POST(self):
        requests.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        reply = json.dumps(MESSAGE if self.path.endswith("/messages") else CHAT).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
asked = [
    (ChatOpenAI, "gpt-4o", {}, "none"),
    (ChatAnthropic, "claude-sonnet-4-5", {}, "none"),
    (ChatGroq, "llama-3.3-70b-versatile", {}, 0.7),
    (ChatMistralAI, "mistral-large-latest", {}, 0.7),
    (ChatOpenAI, "gpt-4o", {"temperature": 0}, 0.0),
    (ChatGroq, "llama-3.3-70b-versatile", {"temperature": 0}, 1e-8),
    (ChatOpenAI, "gpt-4o", {"temperature": 0.5}, 0.5),
    (ChatOpenAI, "gpt-5", {"temperature": 0.5}, "none"),
    (ChatOpenAI, "gpt-5.1", {"temperature": 0.5}, "none"),
    (ChatOpenAI, "gpt-5.1", {"temperature": 0.5, "reasoning_effort": "none"}, 0.5),
]
as_found = True
for kind, model, settings, expected in asked:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        kind(model=model, base_url=url, api_key="none", **settings).invoke("How lively are you, from 1 to 5?")
    sent = requests[-1].get("temperature", "none")
    about = [str(one.message) for one in warned if "temperature" in str(one.message)]
    print(f"{kind.__name__} {model} {settings}: sends temperature {sent}; warnings about it: {len(about)}")
    as_found &= sent == expected and not about
print("as found" if as_found else "this has changed")
raise SystemExit(0 if as_found else 1)
PY
venv/bin/python try.py
