import { decodeBase64Url } from '../core/encoding.ts'
import { parseJsonObject, readString } from '../core/json.ts'

/** Where Entra finds the account fastest, for a name that the person typed. */
export const routeByUsername = (username: string): string => `UPN:${username}`

/** Where Entra finds the account fastest, for an account that is known: `Oid:{uid}@{utid}`. */
export const routeByHomeAccountId = (homeAccountId: string): string => `Oid:${homeAccountId.replace('.', '@')}`

/** The same from the `client_info` that comes beside an authorization code; undefined where it says nothing usable. */
export function routeByClientInfo(clientInfo: string | undefined): string | undefined {
  const { uid, utid } = clientInfo === undefined ? {} : parseClientInfo(clientInfo)
  return uid && utid ? `Oid:${uid}@${utid}` : undefined
}

/** `uid` and `utid` of Entra's `client_info`; empty where it is malformed. */
export function parseClientInfo(clientInfo: string): { readonly uid?: string; readonly utid?: string } {
  try {
    const object = parseJsonObject(decodeBase64Url(clientInfo)) ?? {}
    const uid = readString(object, 'uid')
    const utid = readString(object, 'utid')
    return { ...(uid && { uid }), ...(utid && { utid }) }
  } catch {
    return {}
  }
}
