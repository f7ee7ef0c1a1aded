"""`baosong user`: accounts of the staff pages."""

from __future__ import annotations

import sys

import click

from staff import passwords
from staff.console import Failure, print_json, print_table
from staff.context import act, json_option, now, staff
from staff.words import ROLE_NAMES, say
from storage.accounts import Accounts
from storage.errors import Conflict, NotFound
from storage.exports import local_time
from storage.rows import UserRow

stdin_option = click.option("--password-stdin", is_flag=True, help="从标准输入读取密码（一行），不提问")


@click.group("user")
def user() -> None:
    """工作人员网页的账号。

    例：baosong user add 李敏 --role process
    """


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(list(ROLE_NAMES)), default="process", show_default=True,
              help="view 查看 | process 处理 | admin 管理")
@stdin_option
@click.pass_context
def user_add(ctx: click.Context, name: str, role: str, *, password_stdin: bool) -> None:
    """新建账号；密码在提示后输入。

    例：baosong user add 李敏 --role admin
    """
    context = staff(ctx)
    name = checked_name(name)
    accounts, mark = Accounts(context.database), act()
    if accounts.find_user(name) is not None:
        raise Failure(f"已有名为“{name}”的账号")
    kept = passwords.hash_password(_ask(name, password_stdin=password_stdin))
    try:
        accounts.add_user(name, kept, role, now(), mark.who)  # type: ignore[arg-type]
    except Conflict:
        raise Failure(f"已有名为“{name}”的账号") from None
    click.echo(f"已建立账号“{name}”（{say(ROLE_NAMES, role)}）。")


@user.command("passwd")
@click.argument("name")
@stdin_option
@click.pass_context
def user_passwd(ctx: click.Context, name: str, *, password_stdin: bool) -> None:
    """重设密码，解除锁定；此账号的所有登录随即退出。

    例：baosong user passwd 李敏
    """
    context = staff(ctx)
    accounts = Accounts(context.database)
    if accounts.find_user(name) is None:
        raise Failure(f"没有名为“{name}”的账号")
    kept = passwords.hash_password(_ask(name, password_stdin=password_stdin))
    accounts.set_password(name, kept, now(), act().who)
    click.echo(f"已重设“{name}”的密码。")


@user.command("list")
@json_option
@click.pass_context
def user_list(ctx: click.Context) -> None:
    """列出账号。

    例：baosong user list
    """
    context = staff(ctx)
    rows = Accounts(context.database).users()
    if context.as_json:
        print_json([
            {"name": row.name, "role": row.role, "disabled": row.disabled_at is not None,
             "locked_until": local_time(row.locked_until), "last_login_at": local_time(row.last_login_at)}
            for row in rows
        ])
        return
    print_table(
        ("用户名", "角色", "状态", "上次登录"),
        [(row.name, say(ROLE_NAMES, row.role), state_of(row), (local_time(row.last_login_at) or "从未")[:16]) for row in rows],
        empty="还没有账号。请运行：baosong user add 用户名 --role admin",
    )


@user.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="不再询问")
@click.pass_context
def user_remove(ctx: click.Context, name: str, *, yes: bool) -> None:
    """删除账号及其登录和密钥；操作记录保留。

    例：baosong user remove 李敏
    """
    context = staff(ctx)
    if not yes:
        click.confirm(f"删除账号“{name}”？", abort=True)
    try:
        Accounts(context.database).remove_user(name, now(), act().who)
    except NotFound:
        raise Failure(f"没有名为“{name}”的账号") from None
    click.echo(f"已删除账号“{name}”。")


def checked_name(name: str) -> str:
    """The name as it is kept. Raises Failure."""
    fault = passwords.find_name_fault(name)
    if fault:
        raise Failure(fault)
    return passwords.tidy_name(name)


def state_of(row: UserRow) -> str:
    """Whether the account can log in."""
    if row.disabled_at is not None:
        return "已停用"
    return "暂停登录" if row.locked_until is not None and row.locked_until > now() else "正常"


def _ask(name: str, *, password_stdin: bool) -> str:
    """A password that is accepted, from a prompt or from standard input. Raises Failure."""
    if password_stdin:
        given = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        given = click.prompt("密码（至少10个字符，输入时不显示）", hide_input=True, confirmation_prompt="再输一次")
    else:
        raise Failure("没有终端可供输入密码，请用 --password-stdin")
    fault = passwords.find_fault(given, name)
    if fault:
        raise Failure(fault)
    return given
