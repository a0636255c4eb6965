#!/usr/bin/env bash
# outlines-core 0.2.14 and lm-format-enforcer 0.11.3: decoding that is constrained by a JSON Schema lets a model answer
# 99 where the schema says that the answer is a whole number from 1 to 5.
#
# What was done: each of three libraries, which servers of local models use for structured output, was given a schema
# with two items: one an integer with minimum 1 and maximum 5, one an enum of 1, 2, 3, 4, 5. Replies were then checked
# against what the library would let a model write, without a model.
# What was seen: outlines-core makes of the first item (-)?(0|[1-9][0-9]*): 99, 0 and -7 may be answered. So it is in
# lm-format-enforcer. Neither gives a warning. llguidance 1.9.1 allows 1 to 5 and nothing else. All three keep to the
# enum. By the JSON Schema specification (Validation, 6.2), minimum and maximum hold for every number. outlines-core knows
# of it since 2025 (issue 147); in a later version, such a schema is to be an error (pull request 260).
# What it means: a Likert item written as a range, as pydantic's Field(ge=1, le=5) does, is not held to its scale, and
# whether it is depends on the server. An enum is.
# Exits with 0 while this is so, with 1 when it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  outlines-core==0.2.14 lm-format-enforcer==0.11.3 llguidance==1.9.1
cat > try.py <<'PY'
import json
import re

from llguidance import LLMatcher, LLTokenizer
from lmformatenforcer import JsonSchemaParser
from outlines_core.json_schema import build_regex_from_schema

schema = {
    "type": "object",
    "properties": {
        "range": {"type": "integer", "minimum": 1, "maximum": 5},
        "enum": {"enum": [1, 2, 3, 4, 5]},
    },
    "required": ["range", "enum"],
    "additionalProperties": False,
}


def by_outlines_core(reply):
    return re.fullmatch(build_regex_from_schema(json.dumps(schema)), reply) is not None


def by_lm_format_enforcer(reply):
    parser = JsonSchemaParser(schema)
    for character in reply:
        if character not in parser.get_allowed_characters():
            return False
        parser = parser.add_character(character)
    return parser.can_end()


def by_llguidance(reply):
    tokenizer = LLTokenizer("byte")
    matcher = LLMatcher(tokenizer, LLMatcher.grammar_from_json_schema(json.dumps(schema)))
    tokens = tokenizer.tokenize_str(reply)
    return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()


replies = [(3, 3), (99, 3), (0, 3), (-7, 3), (3, 99)]
expected = {
    by_outlines_core: [True, True, True, True, False],
    by_lm_format_enforcer: [True, True, True, True, False],
    by_llguidance: [True, False, False, False, False],
}
as_found = True
for allows, wanted in expected.items():
    seen = [allows(f'{{"range":{first},"enum":{second}}}') for first, second in replies]
    for (first, second), allowed in zip(replies, seen):
        print(f"{allows.__name__[3:]}: range {first}, enum {second}:", "may be answered" if allowed else "is kept out")
    as_found &= seen == wanted
print("as found" if as_found else "this has changed")
raise SystemExit(0 if as_found else 1)
PY
venv/bin/python try.py
