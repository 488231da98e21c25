// The few runtime values of 'vscode' that logic uses by itself; everything else reaches it through ports.
const Module = require('node:module')

const resolve = Module._resolveFilename
Module._resolveFilename = function (request, ...rest) {
  return request === 'vscode' ? __filename : resolve.call(this, request, ...rest)
}

exports.l10n = {
  t: (message, ...values) => message.replace(/\{(\d+)\}/g, (whole, index) => String(values[Number(index)] ?? whole)),
}

exports.CancellationError = class extends Error {
  constructor() {
    super('Canceled')
    this.name = 'Canceled'
  }
}
