"""What mail servers say about a message that came back, mapped to our kinds. Pure.

The first row of TABLE that fits decides. Codes are those of RFC 3463 and its registry, words are
those of Postfix, Exim, sendmail, qmail, Exchange, Domino, GroupWise, Courier, Gmail, Outlook,
Yahoo, iCloud, GMX, mail.ru, QQ, 163, Orange and others. Without a row an answer tells nothing.
"""

import re
from dataclasses import dataclass

from newsletter.mailing.smtp.answers import ABOUT_US, URL, has_words_about_us
from newsletter.models import MailEvent

Kind = MailEvent.Kind

JUDGED = 4_000  # characters of a text
CODE = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
REPLY_CODE = re.compile(r"(?<![\d.:/=-])[45]\d\d(?=[\s#:;<(-]|$)")
# What only looks like words: host names, addresses, and the code at the start of each line.
HOST = re.compile(
    r"\b(?:host|server|mta|by|to|at|from|name=) ?[\w-]+(?:\.[\w-]+)+\.?|\[[\d.:a-f]+\]"
)
ADDRESS = re.compile(r"[^\s<>(),;:\"]*@[\w.-]*")
LINE_CODE = re.compile(rf"[45]\d\d[ -]#?\(?{CODE.pattern}\)?")
WHO = (
    r"(?:user|mail ?box|(?:e-?)?mail account|account|recipient|addressee|(?:e-?mail )?address|inbox"
    r"|alias|e-?mail|person|destinat\w+|rcpt|login)"
)
IS = r"(?:\S+ )?(?:(?:is|was|are|were|has been|seems|could|can|may) )?(?:\S+ )?"


def alternatives(lines: str) -> re.Pattern[str]:
    """Compile alternatives, one a line; {who} is a mailbox in any word, {is} what follows it."""
    found = (line.strip() for line in lines.replace("{who}", WHO).replace("{is}", IS).splitlines())
    return re.compile("|".join(filter(None, found)), re.IGNORECASE | re.MULTILINE)


SENDING_LIMIT = alternatives(r"""
    \b(?:daily|hourly|sending|relay|outbound)\b[^.]{0,40}\b(?:limit|quota)
""")
FULL = alternatives(r"""
    over ?quota|(?:over|reached|exceed\w*) (?:\w+ ){0,3}quota|disk quota|quota violation
    quota (?:has been |usage |is )?(?:exceed|full|used up)|(?:user|domain)disk quota
    exceed\w* (?:\w+ ){0,3}(?:storage|(?:disk )?space)|exceeded the local limit|storage limit
    (?:mail ?box|inbox|mail ?folder|maildir|mail file|user|account|disk)[^.]{0,40} full\b
    out of (?:storage )?space|(?:full|voll|lleno|piena|pleine) (?:mail ?box|inbox|boite)
    (?:bo[iî]te|casella|buz[oó]n|postfach|caixa)[^.]{0,40} (?:pleine|piena|lleno|voll|cheia)\b
    (?:not|have) enough (?:\w+ )?space|insufficient (?:\w+ ){0,2}(?:storage|space)
    space[^.]{0,20}used up|mail ?box (?:size|exceed|would exceed|quota)
    maximum allowed storage|too many messages on the server|exceeding receiving limits
    exceeds the maximum size allowed for mail delivery|receiving mail (?:too quickly|at a rate)
    переполнен|邮箱已满|郵箱已滿|容量(?:オーバー|を超)|いっぱい
""")
OF_US = alternatives(r"""
    sender[- ](?:\w+ )?(?:address|domain|e-?mail|ip\b|verif|id\b|reject|denied|refus|host|base)
    sender (?:is|was|has|not|unknown|callout|policy|framework)|(?:my name|sender) was rejected
    (?:invalid|un\w+able|unknown|null|empty|forged|bad|bogus) (?:envelope )?senders?\b
    (?:null|bogus|invalid) mail from|domain of (?:the )?sender|envelope[- ](?:from|sender)
    <> invalid|\bfrom:? (?:address|domain|header)|emetteur|third-party dsns|mail from not
    (?:in reply to|after) (?:mail from|helo|ehlo|initial)|\b(?:helo|ehlo)\b|client host|\bbatv\b
    sending (?:domain|mta)|bounce attack|your (?:ip|domain|host|network|account|isp|plan|server)\b
    \bblocked (?:by|using|for|due|because|from|-|on)|:blocked\b|spamhaus|\b(?:dnsbl|rbl|xbl)\b
    due to policy|policy (?:reason|restriction|violation)|suspended for|backscatter
""")
NO_ANSWER_OF_DNS = alternatives(r"""
    host (?:name )?(?:lookup fail|not found, try again)|could not contact dns|servfail
    malformed (?:\w+ )*name server
""")
NO_DOMAIN = alternatives(r"""
    (?:host|domain)s?(?: name| or domain name)? (?:\S+ )?{is}not (?:be )?found|dead domain
    (?:host|domain)(?: name)? (?:\S+ )?(?:is )?(?:unknown|nonexistent|does(?: not|n't) exist)
    (?:unknown|no such|non-?existent|bad destination) ?(?:\w+ )?(?:host|domain)|nxdomain
    name or service not known|could(?: not|n't) find (?:any host|the domain)|null ?mx
    un?rout(?:e)?able (?:address|(?:mail )?domain)|indicated no smtp service|domain must exist
    (?:host|domain) does not accept (?:any )?(?:e-?)?mail(?! from)|domain (?:has )?expired
    account or domain may not exist|no (?:valid )?(?:mx|mail exchanger)[^.]{0,20}(?:found|exist|for)
    point to non-?existent hosts|host address lookups failed permanently|dns type 'mx' lookup
    find the recipient domain|domain (?:is not reachable|mentioned in email address is unknown)
""")
NO_MAILBOX = alternatives(r"""
    (?:unknown|no such|non-?existent|nonexisting) (?:or \w+ |virtual |local )*{who}
    {who}\)? {is}(?:unknown|not known|non-?existent|suspended|deactivated|terminated)\b
    {who}[^.;]{0,60}(?:does|do|did|doesn)(?: ?n[o']t|'t) exist|does(?: not|n't) exist
    {who} not exist|x@>? not found|{who}[^.;]{0,40} (?:not|n't) be found
    {who}\)? {is}(?:not|cannot|couldn't|can't) (?:be )?(?:found|located|present|recogni[sz]ed)
    (?:not|isn't|is no) (?:a |an |the )*(?:valid|known|local|active|registered|existing) {who}
    (?:address|recipient) {is}(?:not (?:a )?valid|wrong)|{who} {is}invalid|not (?:a|our) customer
    invalid(?:/inactive)? (?:final delivery |local |virtual )*(?:{who}|userid)
    no (?:{who}|one|mail box|mailbox)[^.;]{0,40} (?:here|by that name|at this|available|found)\b
    {who}[^.;]{0,60}\b(?:disabled|inactive|closed|cancell?ed|deleted|discontinued|not active)\b
    {who}[^.;]{0,60}\b(?:frozen|expired|archiv\w+|locked email)\b|deactivated mail ?box
    inactive (?:e-?mail )?(?:address|user|mail ?box)|no longer (?:valid|active|available|exist)
    no longer (?:in use|in service|accept|on (?:this )?server|works?)|is currently suspended
    doesn't have an? .{0,60}account|suspend the service|badr(?:cp|ecipien)tto|validrcptto
    (?:bad|badly formatted) (?:destination )?(?:mail ?box|recipient|rcpt|address|user)
    not listed in |no .{1,60} in name directory|not in (?:our|the) directory|nosuchuser
    recip(?:ient)?notfound|(?:unknown or )?illegal alias|unrecogni[sz]ed {who}|unable to find {who}
    has been replaced by|has moved|unknown local|user missing home|not a local address
    is not local\b|e-?mail name is not found|addresses were unknown|no valid recipients
    recipient address rejected: (?:access denied|user|unknown|invalid|undeliverable)|user reject
    there is no one|utilisateur inconnu|n'existe (?:pas|plus)|no existe|não existe|non esiste
    (?:adresse|destinataire)[^.]{0,40} (?:invalide|inconnue?)|usuario (?:desconocido|no encontrado)
    usu[aá]rio (?:desconhecido|inexistente)|nessun utente|utente (?:sconosciuto|inesistente)
    (?:benutzer|empfänger|adressat|teilnehmer)[^.]{0,40} unbekannt|unbekannter? (?:benutzer|empfän)
    bestaat niet|onbekende gebruiker|existiert nicht|nicht gefunden|не существует|не найден
    нет такого|неизвестный пользователь|不存在|用户未找到|找不到|存在しません|見つかりません
    宛先不明|ユーザ\S{0,10}不明|존재하지
""")
POLICY = alternatives(r"""
    \bspam|\bunsolicited|\bube\b|\bbulk\b|\bjunk\b|mass mailer|(?:black|block|deny|drop) ?list
    \b(?:uribl|surbl|pbl|sbl)\b|spamcop|barracuda|\bsorbs\b|proofpoint|cloudmark|\breputation\b
    \b(?:is|been|was) (?:temporarily |currently )?(?:blocked|banned|rate limited)|\bbanned\b|abusive
    \b(?:dmarc|dkim|spf|senderid|arc)\b|authenticat(?:ion|e|ed)\b|\bpolic(?:y|ies)\b|prohibit
    (?:content|filter)s? (?:\w+ )?(?:reject|denied|refus|not accept|rule)|due to (?:the )?content
    (?:mail|message) (?:content|filtered|refused|considered|looks like|bounced due|not allowed)
    unacceptable content|virus|malware|phish|suspicious|attachment|executable|recurrent pattern
    frequency limited|rate.?limit|throttl|too many(?! hops)|per (?:minute|hour|day)\b|this hour
    excessive volume|user complaints|unusual rate|permanently deferred|low priority|challenge
    \b(?:ptr|rdns)\b|reverse dns|insecure mail relay|rcpthosts|relay host name|open proxy
    \brelay(?:ing)? (?:is |access )?(?:denied|not (?:permitted|allowed))|dynamic ip|organizational
    (?:unable|not allowed) to relay|too (?:large|big)|exceeds?[^.]{0,40}(?:size|limit|maximum)
    size limit|maximum (?:message )?size|your (?:e-?mail |message )(?:was|has|is|had)
    not accept\w* (?:e?-?mails? )?(?:connections )?from|pre-?approved|gr[ae]y ?list|go away
    (?:allowed|access|authorized|permitted) (?:to|from)|white ?list|rfc ?5322|not rfc|bare lf
    protocol violation|line too long|\bheaders?\b|multiple addresses|valid mx|guidelines
    (?:denied|rejected) (?:by|\[)|(?:access|connection) denied|not authorized|network not allowed
    members?[- ]only|closed mailing list|not subscribed|confirm this|requires confirmation
    specific e-?mail addresses|invalid ip|responsible address|listed (?:at|in|on)
    \b(?:dt|mi|rp|hl):\w{3}\b|smtp server of your|спам|垃圾邮件|拒绝|迷惑メール|ind[ée]sirable
""")
LATER = alternatives(r"""
    try (?:it )?(?:again|later)|temporar|tim(?:ed|e)[- ]?out|expired|too long|not been collected
    connection (?:refused|reset|dropped|failed|closed|lost|attempt)|unreachable|no route|\bloop
    hops?\b|lookup fail|busy|not respond|did ?n[o']t respond|no answer from|connect\b|establish
    did not accept our requests|retry|queue|mail ?box is locked|service (?:not|un) ?available
    network error|system (?:error|resources|config)|local error|i/o error|resources
""")
REFUSED = alternatives(r"""
    {who}s? {is}(?:rejected|refused|denied|un?available|unavaiable|undeliverable)
    {who}s? {is}not (?:accepted|ok)|does not like recipient|refus\w+ to accept|rejected recipients?
    not accept(?:ing|ed)? (?:any |here|mail)|administrati\w+ly disabled|unable to receive mail
    (?:cannot|can't|unable to) (?:be delivered|deliver|accept) (?:to )?(?:this |that )?{who}
    not handled by this|unknown extension|no local mail ?box|not currently being accepted
    not receive mail
""")


@dataclass(frozen=True)
class Row:
    """A kind, and the words or codes that mean it; `permanent`: not after codes of 4 alone."""

    kind: Kind
    words: re.Pattern[str] | None = None
    codes: re.Pattern[str] | None = None
    permanent: bool = False

    def fits(self, words: str, codes: list[str], is_temporary: bool) -> bool:
        if self.permanent and is_temporary:
            return False
        if self.codes:
            return any(map(self.codes.fullmatch, codes))
        return bool(self.words and self.words.search(words))


TABLE = (
    Row(Kind.POLICY, codes=re.compile(rf"{ABOUT_US.pattern}|4\.7\.\d{{1,3}}")),
    Row(Kind.POLICY, SENDING_LIMIT),
    Row(Kind.SOFT, FULL),
    Row(Kind.POLICY, OF_US),
    Row(Kind.SOFT, NO_ANSWER_OF_DNS),
    Row(Kind.HARD, NO_DOMAIN),
    Row(Kind.HARD, NO_MAILBOX, permanent=True),
    Row(Kind.POLICY, POLICY),
    # The mailbox or the domain does not exist, has moved or is disabled.
    Row(Kind.HARD, codes=re.compile(r"5\.(?:1\.(?:[1236]|10)|2\.1)")),
    Row(Kind.SOFT, LATER),
    Row(Kind.HARD, REFUSED, permanent=True),
    Row(Kind.SOFT, codes=re.compile(r"[45]\.(?:2\.2|4\.\d{1,3})|4\.\d{1,3}\.\d{1,3}")),
)


def kind_of(text: str, *, is_answer: bool = False) -> Kind | None:
    """Return what a server's answer means for the address; None if the text does not tell.

    `is_answer`: the text is an answer alone, and not a letter around it.
    """
    text = text[:JUDGED]
    codes = CODE.findall(text)
    digits = {each[0] for each in (*codes, *REPLY_CODE.findall(text))}
    is_temporary = "4" in digits and "5" not in digits
    words = _plain(text)
    for row in TABLE:
        if row.fits(words, codes, is_temporary):
            return row.kind
    if is_temporary:
        return Kind.SOFT
    return Kind.POLICY if is_answer and has_words_about_us(words) else None


def status_of(text: str) -> str:
    """Return the first enhanced code that is not a success; "" without one."""
    return next((each for each in CODE.findall(text[:JUDGED]) if each[0] != "2"), "")


def _plain(text: str) -> str:
    for pattern, kept in ((URL, " "), (ADDRESS, "x@"), (HOST, " "), (LINE_CODE, " ")):
        text = pattern.sub(kept, text)
    return " ".join(text.replace("’", "'").split())
