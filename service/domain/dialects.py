"""The dialect in which a visit was mostly held, as the CRM names it; nothing here listens for one.

Source: the groups of the Language Atlas of China (second edition), Mandarin by its branches.
"""

from collections.abc import Mapping
from typing import Literal, get_args

Dialect = Literal[
    "putonghua", "beijing", "northeastern", "jilu", "jiaoliao", "zhongyuan", "lanyin", "southwestern", "jianghuai",
    "jin", "wu", "hui", "gan", "xiang", "min", "yue", "pinghua", "hakka", "other",
]  # fmt: skip
_TITLES = (
    "普通话", "北京官话", "东北官话", "冀鲁官话", "胶辽官话", "中原官话", "兰银官话", "西南官话", "江淮官话",
    "晋语", "吴语", "徽语", "赣语", "湘语", "闽语", "粤语", "平话", "客家话", "其他方言",
)  # fmt: skip
DIALECTS: Mapping[str, str] = dict(zip(get_args(Dialect), _TITLES, strict=True))
"""Each with its name in Chinese."""
