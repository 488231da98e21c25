import { l10n } from 'vscode'
import { isClientId } from './scope-request.ts'

/** Lists that limit who signs in where and how: members of the policy file and settings of the same names. */
export const ALLOW_LISTS = ['allowedTenants', 'allowedClientIds', 'allowedMethods'] as const

/** One of {@link ALLOW_LISTS}. */
export type AllowListName = (typeof ALLOW_LISTS)[number]

/** Ways to sign in that a list may name, also those that this window does not offer. */
const METHOD_NAMES: readonly string[] = ['browser', 'broker', 'deviceCode', 'uriHandler']

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Whether text is a tenant ID; a domain name is none, for whom it belongs to can change. */
export const isTenantId = (text: string): boolean => GUID.test(text)

/** Whether text may be an entry of a list. */
export function isEntry(list: AllowListName, text: string): boolean {
  switch (list) {
    case 'allowedTenants':
      return isTenantId(text)
    case 'allowedClientIds':
      return isClientId(text)
    case 'allowedMethods':
      return METHOD_NAMES.includes(text)
  }
}

/** Says what an entry of a list has to be. */
export function describeEntry(list: AllowListName): string {
  switch (list) {
    case 'allowedTenants':
      return l10n.t('it must be a tenant ID (a GUID)')
    case 'allowedClientIds':
      return l10n.t('it must be a client ID')
    case 'allowedMethods':
      return l10n.t('it must be one of {0}', METHOD_NAMES.join(', '))
  }
}

/** An entry as it is compared: ids in lower case. */
export const normalizeEntry = (list: AllowListName, text: string): string =>
  list === 'allowedMethods' ? text.trim() : text.trim().toLowerCase()
