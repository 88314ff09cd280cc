/** One of a few things, in words, as a field of a form. */

import { type Option, Select } from "../../ui/select.tsx";

interface ChoiceProps<Value extends string> {
  tied: { id: string };
  options: readonly Option<Value>[];
  value: Value;
  onChange: (value: Value) => void;
}

export function Choice<Value extends string>({ tied, ...choice }: ChoiceProps<Value>) {
  return <Select {...tied} {...choice} className="self-start" />;
}
