"""What the API is, as an OpenAPI 3.1 document. Built from the contract's own schema (`record.schema.json`, a copy that a
test compares) and the table of endpoints; served as JSON and, for people, as a page without anything from outside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, get_args

from core.facts import LinkState
from core.letter import LetterKind
from core.records import ItemState, MessageKind, Verdict

Schema = Mapping[str, Any]
PREFIX = "/api/v1"
LARGEST_PAGE, USUAL_PAGE = 200, 100


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter. `words`: the only values there are; `number`: a whole number."""

    name: str
    text: str
    words: tuple[str, ...] = ()
    number: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address. `schema`: name of what comes back; `paged`: a list with `data` and `next`."""

    path: str
    title: str
    schema: str
    paged: bool = False
    parameters: tuple[Parameter, ...] = field(default=())


_BATCH = Parameter("batch", "批次号", number=True)
_UNIT = Parameter("unit", "报送单位全称")
_SEARCH = Parameter("q", "查找的词，空格分开")
_PAGE = (
    Parameter("after", "从这个编号之后开始（取自 next）", number=True),
    Parameter("limit", f"最多多少条，1至{LARGEST_PAGE}，默认{USUAL_PAGE}", number=True),
)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("/status", "汇总：来信、报送件、信件、链接各状态的数目，各批次的期限", "Status", parameters=(_BATCH,)),
    Endpoint("/messages", "来信记录，按登记先后", "MessageRecord", paged=True, parameters=(
        Parameter("verdict", "结论", get_args(Verdict)), Parameter("kind", "性质", get_args(MessageKind)), _UNIT, _BATCH,
        Parameter("sender", "发件地址"), _SEARCH, *_PAGE,
    )),
    Endpoint("/messages/{id}", "一封来信的记录", "MessageRecord"),
    Endpoint("/items", "报送件，按编号；已被替换的版本只在 state=superseded 时给出", "Item", paged=True, parameters=(
        Parameter("state", "状态", get_args(ItemState)), Parameter("category", "材料类别"), _UNIT, _BATCH, _SEARCH, *_PAGE,
    )),
    Endpoint("/items/{id}", "一个报送件", "Item"),
    Endpoint("/units", "各报送单位的情况，尚未报送的也在内", "Unit", paged=True, parameters=(
        _BATCH, Parameter("state", "只要未报送的单位", ("missing",)),
    )),
    Endpoint("/links", "分享链接及核验结果", "Link", paged=True, parameters=(
        Parameter("state", "状态", tuple(state.value for state in LinkState)), Parameter("provider", "网盘"), *_PAGE,
    )),
    Endpoint("/answers", "信件及其状态", "Answer", paged=True, parameters=(
        Parameter("state", "状态", ("draft", "waiting", "sent", "suppressed", "failed")),
        Parameter("kind", "种类", get_args(LetterKind)), *_PAGE,
    )),
)

_COUNTS: Schema = {"type": "object", "additionalProperties": {"type": "integer"}}
_TEXT: Schema = {"type": ["string", "null"]}
_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}
_NUMBER: Schema = {"type": ["integer", "null"]}


def _record() -> dict[str, Any]:
    text = (resources.files("staff.web") / "record.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    found.pop("$schema", None)
    return found


def _more(part: str, own: Mapping[str, Schema]) -> Schema:
    """A part of the record, with keys of its own beside."""
    return {
        "allOf": [
            {"$ref": f"#/components/schemas/MessageRecord/$defs/{part}"},
            {"type": "object", "required": list(own), "properties": dict(own)},
        ]
    }


def _schemas() -> dict[str, Any]:
    number: Schema = {"type": "integer"}
    return {
        "MessageRecord": _moved(_record(), "#/components/schemas/MessageRecord"),
        "Item": _more("item", {
            "id": number, "reporting_unit": _TEXT, "batch": _NUMBER, "version": number, "receipt_number": _TEXT,
            "sender": _TEXT, "messages": {"type": "array", "items": number}, "updated_at": _TIME,
        }),
        "Link": _more("link", {"id": number, "message": number, "item": _NUMBER, "checked_at": _TIME, "settled_by": _TEXT}),
        "Answer": _more("answer", {"id": number, "message": _NUMBER, "to": {"type": "string"}, "subject": {"type": "string"}, "sent_at": _TIME}),
        "Unit": {
            "type": "object", "required": ["unit", "kind", "city", "state", "items", "last_message", "last_received_at"],
            "properties": {
                "unit": {"type": ["string", "null"], "description": "null：尚未归属的报送件"},
                "kind": {"type": "string"}, "city": {"type": "string"},
                "state": {"enum": ["missing", "mail", "incomplete", "review", "pending", "complete"]},
                "items": {"type": "object", "additionalProperties": _COUNTS, "description": "类别 → 状态 → 件数"},
                "last_message": _NUMBER, "last_received_at": _TIME,
            },
        },
        "Status": {
            "type": "object",
            "required": ["campaign", "messages", "waiting", "verdicts", "items", "answers", "links", "alerts", "batches"],
            "properties": {
                "campaign": {"type": "string"}, "messages": number, "waiting": number, "verdicts": _COUNTS, "items": _COUNTS,
                "answers": _COUNTS, "links": _COUNTS, "alerts": number,
                "batches": {"type": "array", "items": {
                    "type": "object", "required": ["number", "name", "deadline"],
                    "properties": {"number": number, "name": {"type": "string"}, "deadline": {"type": "string", "format": "date"}},
                }},
            },
        },
        "Problem": {
            "type": "object", "required": ["type", "title", "status", "detail"],
            "properties": {
                "type": {"type": "string"}, "title": {"type": "string"}, "status": number, "detail": {"type": "string"},
            },
        },
    }


def _moved(schema: Any, place: str) -> Any:
    """The schema with its own references pointing to where it stands in the document."""
    if isinstance(schema, dict):
        return {
            key: f"{place}{value[1:]}" if key == "$ref" and isinstance(value, str) and value.startswith("#") else _moved(value, place)
            for key, value in schema.items()
        }
    if isinstance(schema, list):
        return [_moved(entry, place) for entry in schema]
    return schema


@cache
def document(version: str) -> dict[str, Any]:
    """The OpenAPI document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "报送 API", "version": version,
            "description": "只读。每次请求带上 Authorization: Bearer 密钥（系统 › 密钥）。形状与 baosong export jsonl 相同，今后只增不改。",
        },
        "servers": [{"url": PREFIX}],
        "security": [{"key": []}],
        "paths": {endpoint.path: {"get": _operation(endpoint)} for endpoint in ENDPOINTS},
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": _schemas(),
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    one: dict[str, Any] = {"$ref": f"#/components/schemas/{endpoint.schema}"}
    body = one if not endpoint.paged else {
        "type": "object", "required": ["data", "next"],
        "properties": {
            "data": {"type": "array", "items": one},
            "next": {"type": ["string", "null"], "description": "下一页的地址，没有则为 null"},
        },
    }
    problem = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    parameters: list[dict[str, Any]] = [
        {"name": each.name, "in": "query", "description": each.text, "schema": _parameter(each)} for each in endpoint.parameters
    ]
    if "{id}" in endpoint.path:
        parameters.append({"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}})
    return {
        "summary": endpoint.title,
        "operationId": endpoint.path.strip("/").replace("/{id}", "_one"),
        "parameters": parameters,
        "responses": {
            "200": {"description": "结果", "content": {"application/json": {"schema": body}}},
            "400": {"description": "参数有误", **problem}, "401": {"description": "没有密钥或密钥无效", **problem},
            "404": {"description": "没有这条记录", **problem}, "429": {"description": "错误密钥过多", **problem},
        },
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    if parameter.words:
        return {"type": "string", "enum": list(parameter.words)}
    return {"type": "integer", "minimum": 0} if parameter.number else {"type": "string"}
