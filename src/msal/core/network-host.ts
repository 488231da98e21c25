/** Whether a host (as `URL` writes it) names this machine: `localhost`, `127.0.0.0/8` or `[::1]`. */
export const isLoopbackHost = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)

/** Whether a host (as `URL` writes it) is an address of the link that it is asked on. @see RFC 3927, RFC 4291 section 2.5.6 */
export const isLinkLocalHost = (hostname: string): boolean =>
  /^169\.254(\.\d{1,3}){2}$/.test(hostname) || /^\[fe[89ab][0-9a-f]:/.test(hostname)

/** Whether a host (as `URL` writes it) is an address of a private network. @see RFC 1918, RFC 4193 */
export const isPrivateHost = (hostname: string): boolean =>
  /^(10(\.\d{1,3}){3}|192\.168(\.\d{1,3}){2}|\[f[cd][0-9a-f]{2}:.*)$/.test(hostname) || isContainerHost(hostname)

/** Whether a host (as `URL` writes it) is of the private network that containers meet their host in (172.16.0.0/12). */
export const isContainerHost = (hostname: string): boolean => /^172\.(1[6-9]|2\d|3[01])(\.\d{1,3}){2}$/.test(hostname)
