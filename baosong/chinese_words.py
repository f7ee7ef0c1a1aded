"""What the command-line library says by itself, in Chinese: usage, wrong options, headings of the help.

The library asks gettext for its words and would take the language from the environment; those who use this program read
Chinese whatever a server's locale is. So its modules get a `gettext` of their own. A phrase that a later version of the
library words otherwise comes out in English, and a test says so.
"""

from __future__ import annotations

import sys

WORDS = {
    "Usage:": "用法：",
    "Options": "选项",
    "Commands": "命令",
    "Positional arguments": "参数",
    "Error: {message}": "有误：{message}",
    "Try '{command} {option}' for help.": "用法说明：{command} {option}",
    "Show this message and exit.": "显示本说明",
    "Show the version and exit.": "显示版本",
    "default: {default}": "默认：{default}",
    "required": "必填",
    "deprecated": "将停用",
    "(dynamic)": "（自动）",
    "Missing argument": "缺少参数",
    "Missing option": "缺少选项",
    "Missing parameter": "缺少参数",
    "Missing command.": "缺少命令。",
    "Missing {param_type}": "缺少{param_type}",
    "Missing parameter: {param_name}": "缺少参数：{param_name}",
    "Invalid value: {message}": "值无效：{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} 的值无效：{message}",
    "No such command {name!r}.": "没有命令“{name}”。",
    "No such option {name!r}.": "没有选项“{name}”。",
    "Option {name!r} does not take a value.": "选项“{name}”不带值。",
    "Option {name!r} requires an argument.": "选项“{name}”后面须有值。",
    "Option {name!r} requires {nargs} arguments.": "选项“{name}”后面须有{nargs}个值。",
    "Got unexpected extra argument ({args})": "多余的参数：{args}",
    "Got unexpected extra arguments ({args})": "多余的参数：{args}",
    "Did you mean {possibility}?": "您是否想写{possibility}？",
    "(Did you mean one of: {possibilities}?)": "（您是否想写其中之一：{possibilities}？）",
    "{value!r} is not {choice}.": "“{value}”不是{choice}。",
    "{value!r} is not one of {choices}.": "“{value}”不在其中；可用：{choices}。",
    "{value!r} is not a valid {number_type}.": "“{value}”不是数字。",
    "{value} is not in the range {range}.": "{value}超出范围（{range}）。",
    "{name} {filename!r} does not exist.": "找不到“{filename}”。",
    "{name} {filename!r} is a directory.": "“{filename}”是文件夹。",
    "{name} {filename!r} is a file.": "“{filename}”是文件。",
    "{name} {filename!r} is not readable.": "“{filename}”无法读取。",
    "{name} {filename!r} is not writable.": "“{filename}”无法写入。",
    "Choose from:\n\t{choices}": "可用：\n\t{choices}",
    "Could not open file {filename!r}: {message}": "无法打开“{filename}”：{message}",
    "Aborted!": "已中止。",
    "Repeat for confirmation": "请再输入一次",
    "Error: The two entered values do not match.": "两次输入不一致。",
    "Error: invalid input": "输入无效",
    "Do you want to continue?": "是否继续？",
    "unknown error": "原因不明",
    "file": "文件", "directory": "文件夹", "path": "路径",
}
_MODULES = ("core", "decorators", "exceptions", "formatting", "parser", "termui", "types")


def chinese(text: str) -> str:
    """The phrase in Chinese; itself where there is none."""
    return WORDS.get(text, text)


def chinese_plural(one: str, many: str, count: int) -> str:
    """Chinese has no plural."""
    text = one if count == 1 else many
    return WORDS.get(text, text)


def speak_chinese() -> None:
    """From now on the command line speaks Chinese."""
    for name in _MODULES:
        words = vars(sys.modules[f"click.{name}"])
        for known, ours in (("_", chinese), ("ngettext", chinese_plural)):
            if known in words:
                words[known] = ours
