// Preloaded with `node --require`: notes what the extension does while it activates, for the suite to judge.
'use strict'
if (process.argv.includes('--type=extensionHost')) {
  const Module = require('node:module')
  const net = require('node:net')

  const observed = { connections: 0, secrets: 0, activations: [] }
  globalThis.entraAuthObserved = observed

  const connect = net.Socket.prototype.connect
  net.Socket.prototype.connect = function (...values) {
    const [options] = values.flat()
    // A path is a pipe of the host's own.
    if (typeof options !== 'string' && options.path == null) observed.connections++
    return connect.apply(this, values)
  }

  const watchSecrets = (secrets) =>
    new Proxy(secrets, {
      get(target, name) {
        const member = Reflect.get(target, name)
        if (typeof member !== 'function' || name === 'onDidChange') return member
        return (...values) => {
          observed.secrets++
          return member.apply(target, values)
        }
      },
    })

  const load = Module._load
  Module._load = function (request, ...rest) {
    const exports = load.call(this, request, ...rest)
    if (!/[\\/]entra-auth\.entra-auth-[^\\/]+[\\/]dist[\\/]extension\.js$/.test(request)) return exports
    const activate = async (context) => {
      const secrets = { value: watchSecrets(context.secrets) }
      const api = await exports.activate(Object.create(context, { secrets }))
      observed.activations.push({ connections: observed.connections, secrets: observed.secrets })
      return api
    }
    return { ...exports, activate }
  }
}
