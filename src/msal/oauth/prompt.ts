/** Values of `prompt`. @see https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest */
export const Prompt = {
  /** No page; an error where one would be needed. */
  NONE: 'none',
  /** The person signs in again. */
  LOGIN: 'login',
  /** The person consents again. */
  CONSENT: 'consent',
  /** The person picks an account. */
  SELECT_ACCOUNT: 'select_account',
} as const
