"""Names, titles and texts of the dataset, in Chinese and English. All persons are invented."""

FIRST_EN = "Ida Mara Jonas Ellen Ravi Noor Tomas Freya Amara Leo Hanne Pablo Yuki Clara Sam Dina"
LAST_EN = "Holm Lindqvist Okafor Reyes Varga Silva Moreau Tanaka Novak Dahl Costa Byrne Aziz Weber"
FIRST_NAMES_EN = tuple(FIRST_EN.split())
LAST_NAMES_EN = tuple(LAST_EN.split())

BRANDS_EN = (
    "Kiln & Clay", "North Pier Bakery", "Slow Miles", "The Tin Kitchen", "Harbour Light Studio",
    "Moss & Maple", "Second Gear", "Paper Lantern Press", "Three Hills Farm", "Blue Door Ceramics",
    "Quiet Workshop", "Riverside Yoga", "Copper Kettle", "Old Town Cycles", "Field Notes Garden",
)  # fmt: skip
BRANDS_ZH = (
    "川西骑行志", "山野日记", "慢火小厨", "城南旧书店", "阿周的木工房", "一间陶室", "海边种菜",
    "胡同咖啡地图", "老李修车铺", "云上摄影课", "早八自习室", "江边夜跑团", "小满手帐", "南风露营",
)  # fmt: skip
CATEGORIES_EN = ("Bakery", "Artist", "Bicycle Shop", "Restaurant", "Photographer", "Education")
CITIES_ZH = ("成都市", "康定市", "杭州市", "厦门市", "大理市", "青岛市", "西安市", "广州市")

SUBJECTS_EN = (
    "Glaze test", "Rye on a cold morning", "The long climb", "A table from one plank",
    "Market day", "Fixing a slipping chain", "Soup for eight", "Ink and old paper",
    "First frost in the garden", "A walk before work", "Kiln opening", "Night bus home",
    "Sharpening, slowly", "Letters from the harbour", "Bread without a plan", "Rain on the roof",
)  # fmt: skip
ASPECTS_EN = (
    "what I would do differently", "in one take", "the quiet version", "with mistakes left in",
    "start to finish", "a short note", "questions answered", "tools and costs", "one year later",
)  # fmt: skip
LINES_EN = (
    "Iron and ash, two coats.", "Rye is back on Friday.", "Thank you all for coming by.",
    "We tried it again with less water.", "Tell me what you would like to see next.",
    "The full list of parts is below.", "Recorded before the rain came.",
)  # fmt: skip
SUBJECTS_ZH = (
    "折多山日出", "骑行川西", "一口铁锅煮面", "旧书修补记", "榫卯小板凳", "拉坯失败合集",
    "海边菜园", "胡同里的咖啡", "发动机异响排查", "雪山延时拍摄", "图书馆的一天",
    "江边十公里", "手帐开箱", "营地的第一夜", "市集早市", "雨天窑火",
)  # fmt: skip
ASPECTS_ZH = (
    "机位与路线", "新手也能学会", "踩坑记录", "完整过程", "花了多少钱", "一年之后", "答疑",
    "慢慢来版", "三分钟讲清楚",
)  # fmt: skip
LINES_ZH = (
    "今天翻过两座垭口，风很大。", "材料清单放在评论区了。", "谢谢大家一路陪着。",
    "下一期想看什么，留言告诉我。", "失败了三次，第四次成了。", "凌晨四点出发，值得。",
)  # fmt: skip
TAGS_ZH = ("骑行", "旅行", "日常", "手作", "美食", "摄影", "读书")
TAGS_EN = ("glaze", "pottery", "bread", "cycling", "diy", "slow living", "garden")
