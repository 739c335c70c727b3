/**
 * What servers write when they refuse, in lower case, without accents and on one line (`refusal.ts`); the first match
 * wins. A refusal for policy is looked for before an unknown user: servers answer 5.1.1 to a listed sender too, and to
 * blame an address for ever is the costlier mistake. Each gap is bounded, so that no text makes a pattern slow.
 */
export const BY_TEXT: readonly (readonly [reason: string, pattern: RegExp])[] = [
  // What names several causes, one of them a bad address.
  ["hostunknown", /account or domain may not exist/],
  [
    "userunknown",
    any(
      /(unknown|not (be )?found|not exist|inconnu|unbekannt|sconosciuto|desconocid[oa]) (or|ou|oder|o) (.{0,30} )?(disabled|(in|de)activ|closed|suspended|deakt|desact|disat|inactiv)/,
      /(disabled|inactive|deactivated|closed|suspended) or .{0,20}(unknown|non-?existent|not exist)|mailbox unavailable or access denied/,
    ),
  ],
  [
    "mailboxfull",
    any(
      /(mail ?box|mail ?folder|account|inbox|user|recipient|boite|buzon|casella|postfach|skrzynk\w|caixa( postal)?|postbus|espace)\b.{0,40}\b(full|over ?quota|quota|pleine|llen[oa]|piena|voll?|pelna|przepelniona|cheia|saturee?)\b/,
      /(mail ?box|user|recipient|account)\b.{0,40}\b(over (its|the|his) (size )?limit|(exceed|exhaust)\w* .{0,30}(limit|size|storage|space|quota)|storage full)/,
      /quota (usage |limit )?(is |has been )?(exceed|full|reached|depass|violat|uberschritten|superad|superata|excedid)|exceed\w*.{0,30}\b(quota|storage|mailbox size)|over ?quota|(disk|disc|storage) (quota|full|allocation|limit|space)/,
      /out of (storage|disk)|insufficient (system |mailbox |disk )?(storage|space)|(maildir|mailbox) (delivery failed: )?.{0,20}(over|full)|is full\b|not enough (storage|space|disk)|space (is )?not enough|no space left/,
      /too (much|many) (mail|mails|data|messages) (stored|in|on)|(number of messages|messages) in .{0,20}mailbox|zuviele mails/,
      /speicherplatz.{0,30}(voll|uberschritten)|переполнен|превышен.{0,20}квот|容量.{0,10}(超|オーバー)|(邮箱|郵箱|信箱)(空间)?(已满|已滿)/,
    ),
  ],
  [
    "mesgtoobig",
    any(
      /(message|mail|size|content|attachment|file).{0,30}(too (big|large)|exceed\w*.{0,40}(size|limit|maximum)|larger than)/,
      /(message|mail) (size|length) (limit|exceed)|message too long|max(imum)?.{0,20}message size|size (exceeds|limit|restriction)|exceed\w*.{0,30}(message|mail) size|maximum (allowed )?size/,
    ),
  ],
  ["virusdetected", /virus|malware|infected|trojan|worm\b/],
  [
    "requireptr",
    any(
      /\bptr\b|reverse[ -]?dns|rdns|reverse (host|lookup|name|entry|mapping|ip)|fcrdns/,
      /(ip|client|host|your).{0,30}(does ?n[o']t|cannot|could not|not) (be )?resolve|mismatch.{0,20}\bip\b|ip address .{0,30}\bhostname|ip name lookup failed|cannot (find your (reverse )?hostname|resolve your)|your (host|domain)( ?name)?\b.{0,40}(unknown|not found|invalid|no (mx|a) )|no host ?name for your ip/,
    ),
  ],
  [
    "authfailure",
    any(
      /\b(spf|dkim|dmarc|domainkeys)\b|sender (id\b|policy framework)|unauthenticated|not authenticated/,
      /auth(entication)? (checks?|failed|required|mechanism)|requires? (smtp )?auth|auth(entication)? information|smtp auth|without authentication|spoof/,
    ),
  ],
  [
    "spamdetected",
    /\bspam(?!haus|cop)|junk ?mail|bulk ?mail|unsolicited|\bu[bc]e\b|(message )?content (rejected|reject\b|denied)|looks like|considered as|suspicious|antyspam/,
  ],
  ["badreputation", /reputation|poor standing|bad (sending )?history/],
  [
    "norelaying",
    any(
      /relay(ing)? .{0,30}(denied|not permitted|not allowed|prohibited|disallowed|refused)|relaying (not|to )|unauthori[sz]ed relay|not permitted to relay|(unable|not allowed|permitted) to relay|cannot relay|not a (relay|gateway)|(do|does) ?n[o']t relay|no relay|mail relay/,
      /allowed rcpthosts|local user only|not local host|(domain|host) (is )?not (hosted|served|handled) here/,
    ),
  ],
  [
    "rejected",
    any(
      /may not exist, or you|permission to post|not open to posting|member of (this|the) (mailing )?(list|group)|only .{0,20}(members|subscribers) (can|may)/,
      /(?<!to |to the |original |of the )sender.{0,40}(reject|fail|not exist|invalid|unknown|denied|refused|not (allowed|accepted|valid|found|verified)|blocked|could not be verified|restricted)|sender (is )?not /,
      /domain of sender|envelope[ -](from|sender)|(invalid|unknown|bad|fake) sender|from: ?.{0,20}domain is invalid|valid from:|verify mailfrom|backscatter|(null|empty) (sender|envelope|return)|bounce (message|attack)/,
      /mail ?from:? .{0,40}(rejected|denied|refused|not (allowed|accepted)|mismatch)|originator|sender's? (e-?mail )?(address|domain)|return address/,
      /recipient.{0,20}(only accepts|preferences)|only accepts (e-?)?mail from|people in .{0,20}address ?book/,
    ),
  ],
  [
    "speeding",
    any(
      /too many (connections|messages|mails|e-?mails|recipients|sessions|errors|concurrent|invalid|hops? per)|rate limit|throttl|at a rate|too fast|limit exceeded|(frequency|sending|daily|hourly) (is )?limit/,
      /exceed\w*.{0,30}(rate|connections|number of|per hour|per day|threshold)|unusual rate|excessive|too (frequent|much mail)|grey ?list|temporarily (deferred|locked|disabled|suspended|unavailable|rejected)|try (again )?(later|in \d)|essayer plus tard|too busy/,
    ),
  ],
  [
    "blocked",
    any(
      /black ?list|block ?list|deny ?list|spamhaus|spamcop|barracuda|sorbs|\b[dr]n?s?bl\b|denyip/,
      /\b(ip|client|server|sender|sending|host|domain|network|you)\b.{0,40}(?<!not )\b(blocked|banned|listed|blacklisted|refused|restricted)/,
      /(blocked|banned) (by|using|for|due|at|from)|:blocked\)|envelope blocked|(?<!recipient address(es)? rejected ?: )access[ -]denied|connections? (was |were )?(refused|rejected|dropped|not accepted|will not be accepted)/,
      /(client|connecting) host|service (refuse|denied|not available)|no access from|bad helo|\b(he|eh)lo\b.{0,60}(reject|not found|not resolve|invalid|unknown|denied|refused)|dynamic(ally)?( assigned)? ip|open (proxy|relay)|invalid ip|\bip\b.{0,40}(not (allowed|permitted|authori[sz]ed)|rejected|hangup)|your access to .{0,30}rejected/,
    ),
  ],
  [
    "hasmoved",
    /(user|recipient|mail ?box|account|address|person|employee|he|she|they|who|and)\b.{0,30} (has |have |is |was )?(been )?(moved|replaced|changed to)\b|(has|have) (moved|changed (his|her|their|its) address)|no longer (with|works?|working|employed|at|on (this )?server)|(has )?left (the |our |this )?(company|organi[sz]ation|firm|employ)|has been replaced|new (e-?mail )?address|not local; please try|mudou de|a change d'adresse|neue (e-?mail-?)?adresse/,
  ],
  [
    "suspend",
    any(
      /(account|mail ?box|user|address|recipient|compte|cuenta|conta|konto|casilla).{0,60}\b(disabled|suspended|in-?active|not active|deactivated|discontinued|locked|expired|frozen|blocked|bloqu\w*|on hold|dormant|closed|archived|archivee|desactiv\w*|inactiv[oa]|deaktiviert|gesperrt|szablokowan\w*|expirado|bloccat[oa])/,
      /(disabled|deactivated|frozen|locked|suspended|inactive) (recipient|account|mail ?box|user|address)|not activated|(mail )?receiving disabled|user hangup/,
    ),
  ],
  [
    "notaccept",
    /(host|domain|server).{0,40}does not accept (any )?(mail|e-?mail)|does ?n[o']t (accept|receive) (any )?(mail|e-?mail)(?! (in|with|from|for|of))|null ?mx|no smtp service|accepts no mail|mx record is null/,
  ],
  ["userunknown", userUnknown()],
  [
    "hostunknown",
    any(
      /(host|domain)( ?name)?\b.{0,60}\b(unknown|(not|n't) (be )?found|does ?n[o']?t? ?exist|may not exist|non-?existent|invalid|missing or malformed)|(unknown|no such|invalid|illegal|bad|non-?existent) (host|domain|host ?\/ ?domain)|nxdomain/,
      /could ?n[o']t find (a |any )?(mail exchanger|host|domain)|no (mail exchanger|dns information|dns entry|dns record)|unrout(e?able|able)\b|non-?existent hosts?|domain .{0,60}n't be found|no (mx|a|mail exchanger)\b.{0,30}record|can.?t find .{0,20}host|no such domain|mx lookup failed|domain (name )?(is )?invalid/,
    ),
  ],
  // Of whom it says nothing.
  [
    "userunknown",
    /(not|n't) exists?\b|not found$|nie istnieje|no existe|nao existe|non esiste|existiert nicht|n'existe/,
  ],
  [
    "expired",
    /expired|timed? ?out|time-?out|could not be delivered (for|within)|retry (time|limit)|too long (in|on) (the )?queue|in (the )?queue too long|been (in the|on the) queue|undeliverable after|did not (accept our requests|respond)|no route to host|(un|not )reachable|(give|gave|giving) up|for( the last| too long)? \d+ (days|hours|seconds)|for too long|exceeded max time/,
  ],
  [
    "networkerror",
    /too many hops|mail loop|routing loop|loops? back|points? back|hop count|name ?service|dns error|dns lookup|name server|network error|best-preference mx|lowest numbered mx|cname lookup|lookup failure/,
  ],
  [
    "policyviolation",
    /polic(y|ies)|not allowed|prohibited|prohibition|forbidden|administrative|unauthori[sz]ed|not authori[sz]ed|content (rejected|refused)|not verified|restricted|rules? reject|no permit/,
  ],
];

/** A word for who should get the mail, near a word for there being no such: in either order, in many languages. */
function userUnknown(): RegExp {
  const who = oneOf(
    "users?|user ?names?|user ?id|login|customer|inbox|recipients?|address(?:es|ee)?|accounts?|alias",
    "local[ -]?part|mail ?drop|(?:e-?)?mail ?box(?:es)?",
  );
  const anyone = oneOf(who, "member|employee|person|contact|destination|e-?mails?");
  const absent = oneOf(
    "unknown|unavailable|invalid|wrong|undeliverable|unrecogni[sz]ed|non-?exist[ea]nt|ine[xs]istente?|unrout(?:e?able|able)",
    "not (?:be |been )?(?:found|located|resolved|recogni[sz]ed|known|listed|local|valid|present|registered|defined|available|existing)",
    "not (?:here|in (?:(?:my|our|the|this) )?(?:validrcptto|directory|database|domain|system|users?|recipients?|mailbox)|on (?:this|our) (?:server|system|site|host)|a (?:valid|known)|our customer|exists?)",
    "(?:could|can) ?not be verified|(?:does|do|did|is|was|has|are|could|can) ?(?:not|n't|nt) (?:exist|(?:be )?(?:found|resolved)|have|live|known|here|(?:seem|appear) to exist)",
    "no exist|no longer (?:exists?|valid|available|in use|accepts?|here|registered|known)|lookup .{0,20}failed",
  );
  const no = oneOf(
    "unknown|no such|no (?:valid|known)|invalid|non-?existent|not existing|bad|wrong|illegal|incorrect|undefined",
    "undeliverable|unavailable|unrecogni[sz]ed|unrout(?:e?able|able)|(?:does|do) ?(?:not|n't) exists?",
    "not (?:an? )?(?:valid|known|existing|our)|not an?|(?:can(?:no|')t|could ?(?:not|n't)) (?:find|locate|resolve)|unable to (?:find|locate|resolve)",
  );
  const between = oneOf(
    " or illegal| or invalid| or unknown| local| final| delivery| e-?mail| mail| such| valid| virtual",
    " user's| the| that| this| destination| recipient| mailbox| user| an?",
  );
  return any(
    new RegExp(`\\b${who}\\b(?:(?!\\. ).){0,80}\\b${absent}`),
    new RegExp(`\\b${no}${between}{0,4} ${anyone}\\b`),
    /\bno (mail ?box|account|user|one|recipient|person|address)\b(?! access)|(user|recipient).{0,20}not local|nobody (here|by)|no valid recipients? for|unable to find \S{1,100}@|not have an? .{0,30}(account|address)|unknown (final )?delivery|delivery userid/,
    /recipnotfound|recipientnotfound|recipient address(es)? rejected ?: (access denied|address unknown|adress unknown)|not (listed|found)? ?in .{0,40}(directory|address book|(list|table) of (users|recipients|mailboxes))|name & address book|unable to chdir to maildir|badrcptto|validrcptto|#5\.1\.0 address rejected|address rejected\b.{0,5}\S{1,100}@/,
    /no such id\b|can(not|'t) deliver mail for|doesn't handle mail for|mailbox name not allowed|not (user|mailbox|account) (of|on|at|in)|(recipient|address) rejected\.?( see .*| http.*| \[.*| ip=.*)?$/,
    /address no longer|no longer accepts? mail|not our (customer|user)|wrong or no longer valid|check (if|that) (the )?address is correct|address(es)? (is |are )?(wrong|incorrect)|not a member of domain|that name|unknown local/,
    /(destin\.?|destinataire|utilisateur|adresse|boite( aux lettres)?|usuario|destinatari[oa]|cuenta|conta|correo|e-?mail|endereco|benutzer|empfan?a?e?nger|adressat|teilnehmer|utente|indirizzo|casella|mailbox|ontvanger|gebruiker|adres|uzytkownik\w*|kont[oa]|mottagar\w*|modtager\w*|kullanici)\b.{0,40}\b(inconnue?|invalide|introuvable|n'existe|desconocid[oa]|no existe|nao existe|ine[xs]istente?|nao encontrad[oa]|unbekannt|nicht (gefunden|bekannt|vorhanden)|existiert nicht|gibt es nicht|sconosciut[oa]|non esiste|errat[oa]|onbekend|bestaat niet|no encontrad[oa]|nie istnieje|nie ma|nieznany|okand|finns inte|ukendt|bulunamadi|invalid[oa])/,
    /(inconnue?|unbekannte[rns]?|kein(en?)?( solche[rsn]?)?|pas de|aucun|desconocid[oa]|sconosciut[oa]|onbekende|nieznany|nie ma takiego|ukendt|okand) (destinataire|compte|adresse|benutzer|postfach|konto|empfan?a?e?nger|adressat|usuario|destinatari[oa]|utente|gebruiker|ontvanger|adres|uzytkownik\w*|konta|odbiorca)/,
    /(пользовател|адресат|получател|адрес|ящик)\w*.{0,40}(не наиден|не существует|неизвест)|(нет такого|неизвестны[ий]) (пользовател|адресат|получател|адрес|ящик)/,
    /(宛先|ユーザ|メールアドレス).{0,20}(見つかり|存在し|不明|ありません)|(收件人|收信人|用户|用戶|邮箱|郵箱|地址).{0,12}(不存在|未找到|不正确)|(수신자|사용자|메일).{0,12}(없|존재하지)/,
  );
}

/** One pattern that matches where any of these does. */
export function any(...patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => source).join("|"), patterns[0]?.flags);
}

function oneOf(...alternatives: readonly string[]): string {
  return `(?:${alternatives.join("|")})`;
}
