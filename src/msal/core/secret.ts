const secrets = new WeakMap<Secret, string>()

/** Text that must not be shown: it prints, formats and serializes as `[secret]`. */
export class Secret {
  constructor(text: string) {
    secrets.set(this, text)
  }

  /** The text itself; called only where bytes leave. */
  reveal(): string {
    return secrets.get(this) ?? ''
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }
}
