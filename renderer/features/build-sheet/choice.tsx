/** One of a few things, in words, as a list of the system's own. */

import { Select } from "../../ui/field.tsx";

interface ChoiceProps<Value extends string> {
  tied: { id: string };
  options: readonly { value: Value; words: string }[];
  value: Value;
  onChange: (value: Value) => void;
}

export function Choice<Value extends string>({ tied, options, value, onChange }: ChoiceProps<Value>) {
  const choose = (wanted: string) => {
    const option = options.find((one) => one.value === wanted);
    if (option) onChange(option.value);
  };
  return (
    <Select {...tied} className="self-start" value={value} onChange={({ target }) => choose(target.value)}>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.words}
        </option>
      ))}
    </Select>
  );
}
