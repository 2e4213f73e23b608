"""Mails as real servers write them when one of ours comes back: Postfix, Exim, qmail, Exchange, a provider's FBL."""

from textwrap import dedent

#: Where our mails go to, and what their senders' servers call it; must never show in a receipt.
PERSON = "zhang.san@example.cn"


def original(token: str, *, sender: str = "tz@example.gov.cn") -> str:
    """The headers of our mail, as reports return them."""
    return dedent(
        f"""\
        Return-Path: <{sender}>
        Message-ID: <{token}@example.gov.cn>
        To: <{PERSON}>
        Subject: =?utf-8?b?5YGc5rC06YCa55+l?=
        From: <tz@example.gov.cn>
        Date: Sun, 22 Nov 2026 01:30:00 +0000
        """
    )


def postfix(to: str, returned: str, *, action: str = "failed", status: str = "5.1.1", said: str = "") -> bytes:
    """Postfix's report: text, delivery status, and the headers of the mail."""
    said = said or f"smtp; 550 5.1.1 <{PERSON}>: Recipient address rejected: User unknown"
    return _bytes(
        f"""\
        Return-Path: <>
        Delivered-To: {to}
        Date: Sun, 22 Nov 2026 09:31:02 +0800 (CST)
        From: MAILER-DAEMON@mx.example.cn (Mail Delivery System)
        Subject: Undelivered Mail Returned to Sender
        To: {to}
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="4Xy.1"

        This is a MIME-encapsulated message.

        --4Xy.1
        Content-Description: Notification
        Content-Type: text/plain; charset=us-ascii

        This is the mail system at host mx.example.cn.

        I'm sorry to have to inform you that your message could not
        be delivered to one or more recipients. It's attached below.

        <{PERSON}>: host mx2.example.cn[203.0.113.7] said: see below

        --4Xy.1
        Content-Description: Delivery report
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example.cn
        X-Postfix-Queue-ID: 4Xy0001
        Arrival-Date: Sun, 22 Nov 2026 09:31:01 +0800 (CST)

        Final-Recipient: rfc822; {PERSON}
        Original-Recipient: rfc822;{PERSON}
        Action: {action}
        Status: {status}
        Remote-MTA: dns; mx2.example.cn
        Diagnostic-Code: {said}

        --4Xy.1
        Content-Description: Undelivered Message Headers
        Content-Type: text/rfc822-headers

        """,
        returned,
        "\n--4Xy.1--\n",
    )


def exim(to: str, returned: str, *, said: str = "550 5.1.1 User unknown") -> bytes:
    """Exim's older report, in words alone."""
    return _bytes(
        f"""\
        Return-path: <>
        Envelope-to: {to}
        X-Failed-Recipients: {PERSON}
        Auto-Submitted: auto-replied
        From: Mail Delivery System <Mailer-Daemon@mx.example.cn>
        To: {to}
        Subject: Mail delivery failed: returning message to sender

        This message was created automatically by mail delivery software.

        A message that you sent could not be delivered to one or more of its
        recipients. This is a permanent error. The following address(es) failed:

          {PERSON}
            SMTP error from remote mail server after RCPT TO:<{PERSON}>:
            host mx2.example.cn [203.0.113.7]: {said}

        ------ This is a copy of the message, including all the headers. ------

        """,
        returned,
        "\n",
    )


def exim_still_trying(to: str) -> bytes:
    """Exim's word that a mail has to wait."""
    return _bytes(
        f"""\
        Return-path: <>
        Envelope-to: {to}
        Auto-Submitted: auto-replied
        From: Mail Delivery System <Mailer-Daemon@mx.example.cn>
        To: {to}
        Subject: Warning: message 1kZabc-0001 delayed 24 hours

        This message was created automatically by mail delivery software.
        A message that you sent has not yet been delivered to one or more of its
        recipients after more than 24 hours on the queue on mx.example.cn.

        The message identifier is:     1kZabc-0001
        The subject of the message is: test

        The address to which the message has not yet been delivered is:

          {PERSON}
            Delay reason: host mx2.example.cn [203.0.113.7]: 451 4.3.0 try again later

        No action is required on your part. Delivery attempts will continue for
        some time, and this warning may be repeated at intervals if the message
        remains undelivered. Eventually the mail delivery software will give up,
        and when that happens, the message will be returned to you.
        """,
        "",
        "",
    )


def qmail(to: str, returned: str, *, said: str = "Sorry, no mailbox here by that name. (#5.1.1)") -> bytes:
    """qmail's report (QSBMF)."""
    return _bytes(
        f"""\
        Return-Path: <>
        Delivered-To: {to}
        From: MAILER-DAEMON@mx.example.cn
        To: {to}
        Subject: failure notice

        Hi. This is the qmail-send program at mx.example.cn.
        I'm afraid I wasn't able to deliver your message to the following addresses.
        This is a permanent error; I've given up. Sorry it didn't work out.

        <{PERSON}>:
        {said}

        --- Below this line is a copy of the message.

        """,
        returned,
        "\n",
    )


def exchange(to: str, returned: str) -> bytes:
    """Exchange's report, with the whole mail in it."""
    return _bytes(
        f"""\
        From: Microsoft Outlook
        \t<MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.cn>
        To: <{to}>
        Date: Sun, 22 Nov 2026 01:31:02 +0000
        Content-Type: multipart/report; report-type=delivery-status;
        \tboundary="_000_NDR_"
        Content-Language: zh-CN
        Subject: =?gb2312?B?zrTEvLTvOiA=?=
        Auto-Submitted: auto-replied
        MIME-Version: 1.0

        --_000_NDR_
        Content-Type: text/html; charset="gb2312"
        Content-Transfer-Encoding: quoted-printable

        <p>=CE=B4=C4=DC=B4=EF</p>

        --_000_NDR_
        Content-Type: message/delivery-status

        Reporting-MTA: dns;MX1.example.cn
        Received-From-MTA: dns;relay.example.gov.cn
        Arrival-Date: Sun, 22 Nov 2026 01:31:01 +0000

        Final-Recipient: rfc822;{PERSON}
        Action: failed
        Status: 5.2.2
        Diagnostic-Code: smtp;554 5.2.2 mailbox full; STOREDRV.Deliver: mailbox full. {PERSON}
        X-Display-Name: zhang san

        --_000_NDR_
        Content-Type: message/rfc822

        """,
        returned + "\nwords\n",
        "\n--_000_NDR_--\n",
    )


def complaint(to: str, returned: str, *, kind: str = "abuse") -> bytes:
    """A complaint in the Abuse Reporting Format, as RFC 5965 shows it."""
    return _bytes(
        f"""\
        From: <abusedesk@provider.example>
        Date: Sun, 22 Nov 2026 17:40:36 +0800
        Subject: FW: Earn money
        To: <{to}>
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=feedback-report;
             boundary="part1_13d.2e68ed54_boundary"

        --part1_13d.2e68ed54_boundary
        Content-Type: text/plain; charset="US-ASCII"
        Content-Transfer-Encoding: 7bit

        This is an email abuse report for an email message received from IP 192.0.2.1.

        --part1_13d.2e68ed54_boundary
        Content-Type: message/feedback-report

        Feedback-Type: {kind}
        User-Agent: SomeGenerator/1.0
        Version: 1
        Original-Mail-From: <tz@example.gov.cn>

        --part1_13d.2e68ed54_boundary
        Content-Type: message/rfc822
        Content-Disposition: inline

        """,
        returned + "\nwords\n",
        "\n--part1_13d.2e68ed54_boundary--\n",
    )


def holiday(to: str) -> bytes:
    """What a person's mail program answers by itself."""
    return _bytes(
        f"""\
        Return-Path: <>
        From: <{PERSON}>
        To: <{to}>
        Subject: Re: =?utf-8?b?5YGc5rC06YCa55+l?=
        Auto-Submitted: auto-replied
        Content-Type: text/plain; charset=utf-8

        """,
        "I am on holiday. The user unknown to you is delivered to permanent rest.\n",
        "",
    )


def leaving(to: str, *, subject: str = "unsubscribe", automatic: str = "") -> bytes:
    """The mail that a mail program writes for who wants no more."""
    return _bytes(
        f"""\
        Return-Path: <{PERSON}>
        From: <{PERSON}>
        To: <{to}>
        Subject: {subject}
        {f"Auto-Submitted: {automatic}" if automatic else "X-Mailer: Foxmail 7"}

        """,
        "",
        "",
    )


def _bytes(head: str, returned: str, end: str) -> bytes:
    return (dedent(head) + returned + end).encode().replace(b"\n", b"\r\n")
