// Preloaded with `node --require`: lets the extension host of a code-server report a desktop window. It leans on the
// internals of the pinned version, so whoever uses it checks `vscode.env` first.
'use strict'
if (process.argv.includes('--type=extensionHost')) {
  const parse = JSON.parse
  JSON.parse = function (text, reviver) {
    const value = parse.call(this, text, reviver)
    if (value && typeof value === 'object' && 'uiKind' in value && value.remote && value.environment) {
      JSON.parse = parse
      const authority = value.remote.authority
      value.uiKind = 1
      value.environment.appHost = 'desktop'
      value.environment.appUriScheme = 'vscode'
      // URIs still need the real authority; only env.remoteName loses it.
      Object.defineProperty(value.remote, 'authority', {
        enumerable: true,
        get: () => (/get remoteName/.test(new Error().stack) ? undefined : authority),
      })
    }
    return value
  }
}

// On a desktop a window is reached by the editor's own scheme, its number in the query. The web's callback is made all
// the same, for a test that stands for the operating system.
if (process.argv.includes('--type=extensionHost')) {
  const freeze = Object.freeze
  Object.freeze = function (value) {
    if (value && typeof value === 'object' && Object.hasOwn(value, 'asExternalUri')) {
      const asExternalUri = value.asExternalUri
      value.asExternalUri = async (uri) => {
        const external = await asExternalUri(uri)
        return uri.scheme === 'vscode' ? uri.with({ query: 'windowId=1' }) : external
      }
    }
    return freeze(value)
  }
}
