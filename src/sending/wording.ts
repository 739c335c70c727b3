/**
 * What servers write, in lower case and on one line; the first match wins. A refusal for policy is looked for before an
 * unknown user: servers answer 5.1.1 to a listed sender too, and to blame an address for ever is the costlier mistake.
 */
export const BY_TEXT: readonly (readonly [reason: string, pattern: RegExp])[] = [
  [
    "mailboxfull",
    /(mail ?box|account|inbox|user|recipient|bo[iî]te|buz[oó]n|casella|postfach|mailbox de)\b.{0,40}\b(full|over ?quota|quota|pleine|lleno|piena|voll\b)|quota (is |has been )?(exceed|full|reached|d[eé]pass)|exceed\w*.{0,30}\b(quota|storage|mailbox size)|over ?quota|out of (storage|disk)|disk quota|insufficient (system |mailbox )?storage|storage (allocation|limit|space)|(maildir|mailbox) (delivery failed: )?.{0,20}(over|full)|is full\b|not enough (storage|space|disk)|too much (mail|data) (stored|in)|(postfach|speicherplatz).{0,30}(voll|überschritten)|переполнен|превышен.{0,20}квот|容量.{0,10}(超|オーバー)|邮箱已满/,
  ],
  [
    "mesgtoobig",
    /(message|mail|size|content|attachment).{0,30}(too (big|large|long)|exceed\w*.{0,40}(size|limit|maximum))|(message |mail )(size|length) (limit|exceed)|max(imum)?.{0,20}message size|size (exceeds|limit|restriction)|exceed\w*.{0,30}(message|mail) size/,
  ],
  ["virusdetected", /virus|malware|infected|trojan|worm\b/],
  [
    "requireptr",
    /\bptr\b|reverse[ -]?dns|rdns|reverse (host|lookup|name|entry|mapping|ip)|(ip|client|host|your).{0,30}(does ?n[o']t|cannot|could not|not) (be )?resolve|mismatch.{0,20}\bip\b|ip address .{0,30}\bhostname|fcrdns/,
  ],
  [
    "authfailure",
    /\b(spf|dkim|dmarc|domainkeys)\b|sender (id|policy framework)|unauthenticated|not authenticated|authentication (checks?|failed|required)|requires? authentication/,
  ],
  [
    "spamdetected",
    /\bspam(?!haus|cop)|junk ?mail|bulk ?mail|unsolicited|\bu[bc]e\b|message content rejected|looks like|considered as|suspicious/,
  ],
  ["badreputation", /reputation|poor standing|bad (sending )?history/],
  [
    "norelaying",
    /relay(ing)? .{0,20}(denied|not permitted|not allowed|prohibited|disallowed|refused)|not permitted to relay|unable to relay|cannot relay|not a (relay|gateway)|we do not relay|no relay|mail relay|allowed rcpthosts/,
  ],
  [
    "rejected",
    /may not exist, or you|permission to post|not open to posting|sender (address |domain |verify |verification |address verification )?.{0,20}(rejected|fail|does not exist|invalid|unknown|denied|refused|not allowed)|domain of sender|(invalid|unknown|bad) sender|from: ?.{0,20}domain is invalid|valid from:|backscatter|null sender|empty envelope|bounce message|mail from .{0,40}(rejected|denied|refused|not (allowed|accepted))|originator|sender's? (e-?mail )?(address|domain)/,
  ],
  [
    "speeding",
    /too many (connections|messages|mails|e-?mails|recipients|sessions|errors|concurrent|invalid)|rate limit|throttl|at a rate|too fast|limit exceeded|exceed\w*.{0,30}(rate|connections|number of)|unusual rate|too frequent|grey ?list|temporarily deferred|try again later|try later/,
  ],
  [
    "blocked",
    /black ?list|block ?list|deny ?list|spamhaus|spamcop|barracuda|sorbs|\b[dr]n?s?bl\b|(ip|client|server|sender|host|domain|network|you)\b.{0,40}\b(blocked|banned|listed|blacklisted|refused|restricted)|(blocked|banned) (by|using|for|due|at|from)|(?<!recipient address rejected: )access denied|connection (refused|rejected|dropped)|(client|connecting) host|service (refuse|denied|not available)|no access from|bad helo|helo (command )?rejected|dynamic ip|open (proxy|relay)|invalid ip|\bip\b.{0,40}(not (allowed|permitted|authori[sz]ed))/,
  ],
  ["hasmoved", /has moved|no longer (with|works|employed|on (this )?server)|has been replaced|new address/],
  [
    "suspend",
    /(account|mail ?box|user|address|recipient|compte).{0,60}\b(disabled|suspended|inactive|not active|deactivated|locked|expired|frozen|blocked|bloqu|temporarily|on hold|dormant|closed)|disabled (recipient|account|mailbox|user)|(inactive|suspended|disabled|locked) (recipient|account|mailbox|user|address)|not activated/,
  ],
  [
    "notaccept",
    /(host|domain|server).{0,20}does not accept (any )?(mail|e-?mail)|does ?n[o']t (accept|receive) (any )?(mail|e-?mail)|null ?mx|no smtp service|accepts no mail|mx record is null/,
  ],
  [
    "userunknown",
    /(user|recipient|mail ?box|address|account|addressee|alias|local part|recipient name|inbox|person|contact)\b.{0,80}\b(unknown|not (be )?found|does ?n[o']?t? ?(exist|have)|doesn.t (exist|have)|not exist|no longer (exists?|valid|available|in use|on)|invalid|not known|non-?existent|not recogni[sz]ed|not our customer|not listed|not a valid|not valid|not local|undeliverable|unavailable|unrouteable)|(unknown|no such|invalid|non-?existent|bad|not a valid|not a known|not a|unrouteable|illegal|incorrect) (local |final |delivery |e-?mail |mail |to )*(user|user ?id|recipient|mail ?box|address|account|addressee|alias|person|destination mailbox|name|local ?part)|no (mail ?box|account|user|one|recipient|person)\b(?! access)|(user|recipient).{0,20}not local|nobody (here|by)|no valid recipients? for|no such (person|address|e-?mail)|recipnotfound|recipient address rejected: access denied|not (listed|found) in .{0,40}(directory|address book)|delivery userid|name & address book|unable to chdir to maildir|no mailbox here|badrcptto|wrong or no longer valid|left the organi[sz]ation|no longer accepts? mail|check (if|that) (the )?address is correct|address(es)? (is |are )?(wrong|incorrect)|(destinataire|utilisateur|usuario|destinatario|benutzer|empf[aä]nger|utente|ontvanger|gebruiker).{0,40}(inconnu|invalide|desconocid|no existe|inexistente|unbekannt|nicht gefunden|existiert nicht|sconosciut|onbekend|no encontrad)|(inconnu|unbekannte[rn]?|desconocid\w+|sconosciut\w+) (destinataire|benutzer|empf[aä]nger|usuario|utente)|пользовател\w+.{0,30}(не найден|не существует)|(宛先|ユーザ|メールアドレス).{0,20}(見つかり|存在し|不明|ありません)|(收件人|用户).{0,12}(不存在|未找到)/,
  ],
  [
    "hostunknown",
    /(host|domain)\b.{0,60}\b(unknown|not (be )?found|does ?n[o']?t? ?exist|doesn.t exist|non-?existent|invalid)|(unknown|no such|invalid|bad|non-?existent) (host|domain)|nxdomain|could ?n[o']t find (a |any )?(mail exchanger|host|domain)|unrouteable (mail )?(address|domain)|unroutable|no (mx|a|mail exchanger)\b.{0,30}record|can.?t find .{0,20}host|host .{0,60}not found/,
  ],
  [
    "expired",
    /expired|timed? ?out|time-?out|could not be delivered (for|within)|retry (time|limit)|too long (in|on) (the )?queue|been (in the|on the) queue|undeliverable after|did not (accept our requests|respond)|no route to host|unreachable|gave up|for \d+ (days|hours)/,
  ],
  [
    "networkerror",
    /too many hops|mail loop|routing loop|loops? back|hop count|name ?service|dns error|dns lookup|name server/,
  ],
  [
    "policyviolation",
    /polic(y|ies)|not allowed|prohibited|forbidden|administrative|unauthori[sz]ed|not authori[sz]ed|content (rejected|refused)|not verified|restricted/,
  ],
];
