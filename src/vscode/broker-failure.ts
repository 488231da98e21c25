import { l10n } from 'vscode'
import { BrokerError } from '../msal/index.ts'
import { PolicyError } from './policy.ts'

/** The library would have asked the browser: it knows an authority that no broker serves, or the broker did not start. */
export class NoBrokerError extends Error {
  override name = 'NoBrokerError'

  constructor() {
    super(l10n.t('Your operating system has no broker that signs in here. Choose another way to sign in.'))
  }
}

/** Whether the person closed the broker's window. */
export const isClosedByPerson = (error: unknown): boolean =>
  error instanceof BrokerError &&
  (error.brokerStatus === 'UserCanceled' || error.brokerStatus === 'ApplicationCanceled')

const PASSING: ReadonlySet<string> = new Set([
  'NoNetwork',
  'NetworkTemporarilyUnavailable',
  'ServerTemporarilyUnavailable',
])

/** Whether the broker would fail again, as far as a failure tells: not where the network is gone, or the policy refused. */
export function isLasting(error: unknown): boolean {
  if (error instanceof PolicyError || error instanceof NoBrokerError || isClosedByPerson(error)) return false
  return !(error instanceof BrokerError && PASSING.has(error.brokerStatus ?? ''))
}
