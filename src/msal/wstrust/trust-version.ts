/** The two versions of WS-Trust that federated sign-in speaks; they differ in these names only. */
export type TrustVersion = '2005' | '1.3'

/** The names of one version. */
export interface TrustNames {
  /** `SOAPAction` of a request for a new token. */
  readonly action: string
  readonly namespace: string
  /** A token that whoever holds it may use. */
  readonly keyType: string
  readonly requestType: string
  /** What AD FS has in the path of its endpoint for user names and passwords. */
  readonly path: string
}

const NAMESPACE_2005 = 'http://schemas.xmlsoap.org/ws/2005/02/trust'
const NAMESPACE_13 = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512'

/**
 * What each version calls its things.
 *
 * @see https://docs.oasis-open.org/ws-sx/ws-trust/200512/ws-trust-1.3-os.html
 * @see https://specs.xmlsoap.org/ws/2005/02/trust/WS-Trust.pdf
 */
export const TRUST_NAMES: Readonly<Record<TrustVersion, TrustNames>> = {
  '1.3': {
    action: `${NAMESPACE_13}/RST/Issue`,
    namespace: NAMESPACE_13,
    keyType: `${NAMESPACE_13}/Bearer`,
    requestType: `${NAMESPACE_13}/Issue`,
    path: '/trust/13/usernamemixed',
  },
  '2005': {
    action: `${NAMESPACE_2005}/RST/Issue`,
    namespace: NAMESPACE_2005,
    keyType: 'http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey',
    requestType: `${NAMESPACE_2005}/Issue`,
    path: '/trust/2005/usernamemixed',
  },
}

/** Versions in the order in which they are preferred. */
export const TRUST_VERSIONS: readonly TrustVersion[] = ['1.3', '2005']

/** Where a federation server exchanges a user name and a password for an assertion. */
export interface TrustEndpoint {
  readonly url: string
  readonly version: TrustVersion
}
