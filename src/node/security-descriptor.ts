/** System, Administrators and Windows' own installer, by alias and by number. */
const ADMINISTRATORS: ReadonlySet<string> = new Set([
  'SY',
  'BA',
  'S-1-5-18',
  'S-1-5-32-544',
  'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464',
])

/** Rights that change nothing; of files the letters of the directory service mean single bits. */
const READING_RIGHTS: ReadonlySet<string> = new Set(['FR', 'FX', 'GR', 'GX', 'CC', 'SW', 'WP', 'LO', 'RC'])

/** Read data, attributes and permissions, execute, synchronize, and the generic forms of these. */
const READING_BITS = 0x1 | 0x8 | 0x20 | 0x80 | 0x20000 | 0x100000 | 0x20000000 | 0x80000000

/**
 * Finds who may change a file or folder without being an administrator.
 *
 * @param descriptor - owner and access list in SDDL
 * @returns the first such trustee, `?` where the text is not understood; undefined where there is none
 * @see https://learn.microsoft.com/windows/win32/secauthz/ace-strings
 */
export function findUntrustedWriter(descriptor: string): string | undefined {
  const owner = /^O:(S-[\d-]+|[A-Z]{2})(?=G:|D:|S:|$)/.exec(descriptor)?.[1]
  if (owner === undefined) return '?'
  if (!ADMINISTRATORS.has(owner)) return owner
  const list = /D:([A-Z]*)((?:\([^()]*\))+)/.exec(descriptor)
  // Without a list everybody may do everything.
  if (!list || list[1]?.includes('NO_ACCESS_CONTROL')) return '?'
  for (const [, entry = ''] of (list[2] ?? '').matchAll(/\(([^()]*)\)/g)) {
    const [type = '', flags = '', rights = '', , , trustee = '?'] = entry.split(';')
    const isDenied = type === 'D' || type === 'XD' || type === 'OD'
    // Such an entry is for what is made below it, not for the folder itself.
    const isForChildren = pairsOf(flags).includes('IO')
    if (!isDenied && !isForChildren && !ADMINISTRATORS.has(trustee) && !isReading(rights)) return trustee
  }
  return undefined
}

function isReading(rights: string): boolean {
  if (/^0x[\da-f]{1,8}$/i.test(rights)) return (Number(rights) & ~READING_BITS) === 0
  return rights.length % 2 === 0 && pairsOf(rights).every((right) => READING_RIGHTS.has(right))
}

const pairsOf = (letters: string): readonly string[] => letters.match(/../g) ?? []
