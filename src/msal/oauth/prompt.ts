/** Values of `prompt`. @see https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest */
export const Prompt = {
  NONE: 'none',
  LOGIN: 'login',
  CONSENT: 'consent',
  SELECT_ACCOUNT: 'select_account',
} as const
