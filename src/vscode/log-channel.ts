/** Where the extension and the library write what they do. */
export interface Log {
  trace(this: void, message: string): void
  debug(this: void, message: string): void
  info(this: void, message: string): void
  warn(this: void, message: string): void
  error(this: void, message: string): void
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const

/** Writes to a channel after everything that could be a secret or name a person was taken out. */
export function createLog(channel: Readonly<Record<(typeof LEVELS)[number], (message: string) => void>>): Log {
  const entries = LEVELS.map((level) => [level, (message: string) => channel[level](redact(message))])
  return Object.fromEntries(entries) as Log
}

const GUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const SENSITIVE_NAMES =
  'access_token|refresh_token|id_token|client_secret|client_assertion|assertion|code|device_code|user_code|code_verifier|' +
  'password|username|login_hint|state|nonce|client_info|preferred_username|upn|email|claims|req_cnf'

const RULES: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic|PoP)\s+\S+/gi, '$1 [secret]'],
  [new RegExp(`(?<![\\w-])(${SENSITIVE_NAMES})(["']?\\s*[=:]\\s*)("[^"]*"|'[^']*'|[^\\s&,;}]+)`, 'gi'), '$1$2[secret]'],
  [/\beyJ[\w-]+(?:\.[\w-]*)*/g, '[token]'],
  // The name and password in an address, of which the next rule would see the end alone.
  [/\/\/[^\s/"<>[\]{}]*@/g, '//[user]@'],
  [/[^\s"'<>()[\]{},;:=@]+(?:@|%40)[^\s"'<>()[\]{},;:=@]+/gi, '[user]'],
  [new RegExp(`${GUID}\\.${GUID}`, 'gi'), '[account]'],
  // The name of a home folder is its owner's.
  [/([\\/](?:home|Users)[\\/]+)(?:[^\\/"'`\r\n]+(?=[\\/])|[^\\/"'`\s]+)/gi, '$1[user]'],
  // Not behind `//`, where a long name is a host's.
  [/(?<![\w~.+-])(?<!\/\/)[\w~.+-]{40,}=*/g, '[secret]'],
]

/** Takes tokens, codes, secrets and names of people out of text; GUIDs that support asks for stay. */
export function redact(text: string): string {
  return RULES.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text)
}
