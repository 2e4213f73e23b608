"""The settings file that `pusher init` writes: it runs as it is, and every setting is explained where it stands."""

SAMPLE = """\
# Settings of gov-pusher. This file runs as it is: nothing leaves this machine (board and dry run).
# Lines that begin with "#" are explanations or examples; values after "#" of a setting are what holds without it.
# Check it after every change with `pusher check`. All settings: docs/settings.md.
# Environment variables go before this file: PUSHER_SERVICE__PORT=9000, PUSHER_DATABASE__URL=…

# Whose domains, departments and areas these are: a shipped preset ("xunyang" 浔阳区, "songshanhu" 松山湖),
# or a taxonomy file of your own, relative to this file.
taxonomy = "xunyang"

[service]
# As residents know it: in mails, on the board and in the User-Agent.
name = "公益信息推送"
# Telephone number or other contact for residents.
contact = ""
# Where residents reach the board and the links in messages.
public_url = "http://127.0.0.1:8080"
# Address and port that the web server listens on.
host = "127.0.0.1"
port = 8080
# Folder for the database and the key file, relative to this file. Keep a copy of the key file elsewhere.
data = "data"

[database]
# Empty = SQLite in the data folder, good for a county. For several workers:
# url = "postgresql+psycopg://pusher@db.example.gov.cn/pusher"

[privacy]
# Personal data in what is published is always masked. So many names of persons, or so many numbers and addresses,
# hold the item until somebody releases it (`pusher item release NUMBER`).
hold_names = 3
hold_numbers = 6

[sign_up]
# Residents subscribe by themselves at /subscribe: channels over which their addresses are confirmed, at most one for
# e-mail and one for telephones. Empty = the page shows other ways only. docs/subscribe.md
channels = []                    # ["mail", "sms"]

[templates]
# A folder of templates of your own that go before the shipped ones of the same name, relative to this file.
# folder = "templates"

[api.keys]
# Programs that may post items to /api/items. `pusher key new NAME` prints a key and the line that belongs here.
# hospital = "…64 characters…"

# ---------------------------------------------------------------- sources: what is watched, [sources.NAME]
# Try an address first: pusher source try https://www.example.gov.cn/xxgk/tzgg/

# [sources.education]
# kind = "listing"               # listing, article, feed, json, cap, inbox
# url = "https://www.example.gov.cn/jyj/tzgg/"
# domains = ["education"]        # empty = worked out for each item; codes: `pusher domains`
# areas = ["360403"]             # empty = the taxonomy's area
# interval = 1800                # seconds between two looks; left out = by what it usually publishes
# first_poll = "baseline"        # what stands there at first is known and not pushed; "push" = it is new

# ---------------------------------------------------------------- channels: the ways out, [channels.NAME]
# All kinds: `pusher channel kinds`. One real test message: `pusher channel test NAME ADDRESS`.

[channels.board]
kind = "board"

# The dry run stands in for e-mail: it says in the log that a mail would go, and sends nothing.
[channels.log]
kind = "log"

# [channels.mail]
# kind = "smtp"
# host = "smtp.example.gov.cn"
# security = "starttls"          # starttls (587), tls (465), none (25)
# user = "tz@example.gov.cn"
# password_file = "/etc/pusher/smtp-password"
# sender = "浔阳区政务公开 <tz@example.gov.cn>"
# return_path = "bounce+{token}@tz.example.gov.cn"   # where bounces go; who reads them: docs/channels/smtp.md
# per_second = 20                # as the relay allows; left out = as fast as it takes them

# [channels.sms]
# kind = "aliyun_sms"
# access_key_id = "LTAI…"
# secret_file = "/etc/pusher/aliyun-secret"
# sign_name = "浔阳区政府"
# template = "SMS_000000001"
# templates = { warning = "SMS_000000002" }

# [channels.wechat]
# kind = "wechat"
# appid = "wx…"
# secret_file = "/etc/pusher/wechat-secret"
# template = { id = "…", fields = { title = "thing1", issuer = "thing2", time = "thing3", summary = "thing4" } }

# Two gateways tried in order, named by routes as one channel.
# [channels.sms_any]
# kind = "failover"
# channels = ["sms", "sms_second"]

# ---------------------------------------------------------------- routes: who hears of what, [routes.NAME]
# An item takes every route that fits it. Try it without sending: pusher route try ITEM

[routes.notices]
# With domains, areas, sources, kinds or least it takes only what fits all of them; without any, everything.
kinds = ["notice"]
to = ["subscribers"]             # and "group:NAME" for a list that a department keeps
channels = ["board", "log"]      # which of them reaches a person is that person's own choice
lane = "routine"                 # routine, personal, warning
approval = false                 # true = a person lets each broadcast go (`pusher broadcast approve`)
hours = "08:00-20:00"            # sends only then (+08:00); left out = at any hour
edits = "none"                   # which edits are pushed again: none, major, all

[routes.warnings]
# Warnings overtake everything. They always wait for somebody's approval.
kinds = ["warning"]
to = ["subscribers"]
channels = ["board", "log"]
lane = "warning"
edits = "all"
"""
