/** A server's code, as `invalid_grant`, for the log: what is no short word could hold a name, a secret or a line of its own. */
export const asLogWord = (code: string): string => (/^[\w.:-]{1,64}$/.test(code) ? code : '(an unreadable code)')
