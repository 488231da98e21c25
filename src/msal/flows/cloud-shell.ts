import type { Account } from '../core/account.ts'
import type { TokenResult } from '../core/token-result.ts'
import { isJsonObject } from '../core/json.ts'
import { requestFromCloudShell } from '../managed-identity/cloud-shell.ts'
import { parseTokenResponse } from '../oauth/token-response.ts'
import { nowInSeconds, type ClientContext } from './client-context.ts'
import { recordTokens } from './record-tokens.ts'

const CLOUD_SHELL = 'CLOUDSHELL'

/** Whether an account is the person who opened Cloud Shell, as Cloud Shell told. */
export const isCloudShellAccount = ({ authorityType }: Account): boolean => authorityType === CLOUD_SHELL

/**
 * A token of the person who opened Cloud Shell; nobody is asked anything.
 *
 * @param account - absent where it comes into the cache with this token
 * @throws {ManagedIdentityError} where Cloud Shell refuses
 */
export async function acquireInCloudShell(
  context: ClientContext,
  scopes: readonly string[],
  account?: Account,
): Promise<TokenResult> {
  const authority = await context.resolve(context.address)
  const { platform, clientId } = context
  const wire = await requestFromCloudShell({ http: context.localHttp(), platform, clientId }, scopes)
  const claims = wire['id_token_claims']
  return recordTokens(context, {
    tokens: parseTokenResponse(wire, nowInSeconds(context.clock)),
    authority,
    scopes,
    grantType: 'cloud_shell',
    tokenSource: 'broker',
    correlationId: crypto.randomUUID(),
    accountPolicy: account === undefined ? 'establish' : 'keep',
    account,
    idTokenClaims: isJsonObject(claims) ? claims : undefined,
    event: { authority_type: CLOUD_SHELL },
  })
}
