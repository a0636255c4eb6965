/** What several tables ask for is computed once for each object, and kept as long as the object is. */
export function onceFor<Key extends object, Value>(
  compute: (key: Key) => Value,
): (key: Key) => Value {
  const known = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    const found = known.get(key) ?? { value: compute(key) };
    known.set(key, found);
    return found.value;
  };
}

/** The same where what is computed also has a name. */
export function onceForEach<Key extends object, Value>(
  compute: (key: Key, name: string) => Value,
): (key: Key, name: string) => Value {
  const valuesOf = onceFor<Key, Map<string, Value>>(() => new Map());
  return (key, name) => {
    const values = valuesOf(key);
    const value = values.get(name) ?? compute(key, name);
    values.set(name, value);
    return value;
  };
}
