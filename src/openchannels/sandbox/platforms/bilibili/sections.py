"""The sections of bilibili, one of which each video is in: a tree of two levels.

https://open.bilibili.com/doc
"""

from typing import Any

TRAVEL = 250
_TREE: dict[tuple[int, str], dict[int, tuple[str, str]]] = {
    (160, "生活"): {
        TRAVEL: ("出行", "旅行与骑行"),
        21: ("日常", ""),
        138: ("搞笑", "各种沙雕有趣的搞笑剪辑"),
        161: ("手工", "手工制品的制作过程或成品展示"),
    },
    (211, "美食"): {
        76: ("美食制作", "学做人间美味"),
        212: ("美食侦探", "寻找美味餐厅"),
        214: ("田园美食", ""),
    },
    (188, "科技"): {
        95: ("数码", "科技数码产品大全"),
        230: ("软件应用", ""),
        233: ("极客DIY", "改造与自制"),
    },
    (36, "知识"): {
        201: ("科学科普", ""),
        124: ("社科·法律·心理", ""),
        208: ("校园学习", ""),
    },
}


def section_tree() -> list[dict[str, Any]]:
    """Every section with those below it, as the call answers them."""
    return [
        {
            "id": above,
            "parent": 0,
            "name": name,
            "description": "",
            "children": [
                {"id": one, "parent": above, "name": title, "description": text}
                for one, (title, text) in below.items()
            ],
        }
        for (above, name), below in _TREE.items()
    ]


def is_section(number: int) -> bool:
    """Whether a section has others below it, so that no video is put into it."""
    return any(number == above for above, _ in _TREE)


def takes_videos(number: int) -> bool:
    """Whether this is a section that videos are put into."""
    return any(number in below for below in _TREE.values())
