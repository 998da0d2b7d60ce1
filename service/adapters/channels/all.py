"""Every vendor's channel, by the endpoint kind it serves; a new vendor is a file beside these and a line here."""

import ssl

from service.adapters.channels.dingtalk import DingTalkChannel
from service.adapters.channels.feishu import FeishuChannel
from service.adapters.channels.post import TOTAL_S, Poster
from service.adapters.channels.wecom import WeComChannel
from service.adapters.urls import UrlRules
from service.domain.delivery.robots import RobotChannels


def robot_channels(
    rules: UrlRules, *, ssl_context: ssl.SSLContext | None = None, total_s: float = TOTAL_S
) -> RobotChannels:
    """All channels over one set of address rules."""
    poster = Poster(rules, ssl_context, total_s)
    return {"wecom": WeComChannel(poster), "dingtalk": DingTalkChannel(poster), "feishu": FeishuChannel(poster)}
