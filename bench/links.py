"""Speed of link search (parsers.links.find_links): `python bench/links.py`.

Prints, for texts of several shapes, milliseconds per megabyte of UTF-8 (processor time, best of five runs) and the
ratio of the time for the whole text to the time for its first half: about 2 means linear.
"""

from __future__ import annotations

import random
import string
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from parsers.links import find_links

SIGNS = string.ascii_letters + string.digits + "-_"
CHINESE = "智慧助老典型课程资源，本课程面向老年学习者，由我市社区大学录制：共十二讲。\n"
ENGLISH = "The course is meant for elderly learners and was recorded by the city college; twelve lessons.\n"
GOAL = 50  # milliseconds per megabyte, for bodies without a link and for lists of links as the client copies them


def shapes(rng: random.Random) -> dict[str, tuple[str, bool]]:
    """Name -> (text, whether the goal holds for it)."""

    def share() -> str:
        return "1" + "".join(rng.choices(SIGNS, k=22))

    def code() -> str:
        return "".join(rng.choices(string.ascii_lowercase + string.digits, k=4))

    numbers = range(1, 10_001)
    pairs = [(share(), code()) for _ in numbers]
    url = "https://pan.baidu.com/s/"
    app = "复制这段内容后打开百度网盘手机App，操作更方便哦"
    return {
        "1 MB Chinese, no link": (CHINESE * 9000, True),
        "1 MB English, no link": (ENGLISH * 10_700, True),
        "1 MB Chinese, one link": (CHINESE * 4500 + f"链接: {url}{share()} 提取码: ab12\n" + CHINESE * 4500, True),
        "1 MB of labels, no link": (("密码：1234，提取码：ab12；" * 5 + "\n") * 5600, True),
        "10,000 lines, old form": (
            "".join(f"第{n}讲：链接：{url}{s} 提取码：{c} {app}\n" for n, (s, c) in zip(numbers, pairs, strict=True)),
            True,
        ),
        "10,000 lines, new form": (
            "".join(
                f"通过网盘分享的文件：第{n}讲.mp4 链接: {url}{s}?pwd={c} 提取码: {c}\n"
                for n, (s, c) in zip(numbers, pairs, strict=True)
            ),
            True,
        ),
        "10,000 × three lines": ("".join(f"链接：{url}{s} \n提取码：{c} \n{app}\n" for s, c in pairs), True),
        "10,000 bare links": ("".join(f"{url}{s}\n" for s, _ in pairs), False),
        "5,000 links, then codes": (
            "".join(f"{url}{s}\n" for s, _ in pairs[:5000]) + "".join(f"提取码：{c}\n" for _, c in pairs[:5000]),
            False,
        ),
        "10,000 web addresses": ("".join(f"课程 https://www.school{n}.edu.cn/kc/{n}.html\n" for n in numbers), False),
        "hostile: hosts only": ("pan.baidu.com/" * 60_000, False),
        "hostile: entities": ("&amp;" * 200_000 + "//", False),
    }


def best(text: str, runs: int) -> float:
    """Shortest of several runs, in seconds."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        find_links(text)
        times.append(time.process_time() - start)
    return min(times)


def main() -> int:
    """Print the table; exit status 1 if a shape with the goal misses it."""
    missed = 0
    print(f"{'text':28}{'MB':>6}{'links':>8}{'ms':>9}{'ms/MB':>9}{'ratio':>7}  goal {GOAL} ms/MB")
    for name, (text, goal) in shapes(random.Random(5)).items():
        size = len(text.encode()) / 1e6
        whole, half = best(text, 5), best(text[: len(text) // 2], 5)
        speed = whole * 1e3 / size
        missed += goal and speed > GOAL
        mark = ("ok" if speed <= GOAL else "MISSED") if goal else "-"
        print(f"{name:28}{size:6.2f}{len(find_links(text)):8}{whole * 1e3:9.1f}{speed:9.1f}{whole / half:7.1f}  {mark}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
