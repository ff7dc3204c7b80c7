"""demo --publish: apart from the other demo, because it is the longest."""

from pathlib import Path

from rich.cells import cell_len

from tests.harness.commands import run


def test_it_publishes_one_content_on_ten_platforms(tmp_path: Path) -> None:
    settings = {"TMPDIR": str(tmp_path), "COLUMNS": "100"}
    done = run("demo", "--publish", "--once", "--lang", "zh-CN", **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not list(tmp_path.iterdir())
    assert max(map(cell_len, done.stdout.splitlines())) <= 100
    going, outcome = done.stdout.split("各平台的发布结果")
    states: dict[str, list[str]] = {}
    for line in going.splitlines():
        if " s  " in line:
            platform, state = line.partition(" s  ")[2].split()
            states.setdefault(platform, []).append(state)
    assert len(states) == 10
    # What passes between two looks is not shown.
    assert all(seen[0] == "等待发布" for seen in states.values())
    assert any("发布中" in seen for seen in states.values())
    ends = {platform: seen[-1] for platform, seen in states.items()}
    held = {platform for platform, state in ends.items() if state == "等待人工完成"}
    assert held == {"tiktok", "douyin"}
    assert all(state == "已发布" for platform, state in ends.items() if platform not in held)
    assert "图片已调整：webp 1080x1080 变为 jpg 1080x1080。" in outcome
    assert "https://www.youtube.com/watch?v=" in outcome
    assert outcome.count("https://") >= 8
