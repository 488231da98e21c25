import { l10n } from 'vscode'
import type { Fact } from './diagnosis-fact.ts'
import type { Secrets } from './secret-storage-persistence.ts'

/** Writes a throw-away secret, reads it back and removes it. */
export async function checkKeyStore(secrets: Secrets): Promise<readonly Fact[]> {
  const key = 'entra-auth.diagnosis'
  const secret = crypto.randomUUID()
  try {
    await secrets.store(key, secret)
    const isKept = (await secrets.get(key)) === secret
    return [[l10n.t('A secret survives'), isKept ? l10n.t('yes') : l10n.t('no, sessions last until the window closes')]]
  } finally {
    await secrets.delete(key)
  }
}
