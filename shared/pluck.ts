/** The same part of each member, under the members' names. Members without it are left out. */
export function pluck<All extends object, Part extends string>(
  all: All,
  part: Part,
): { [Name in keyof All as All[Name] extends Record<Part, unknown> ? Name : never]: PartOf<All[Name], Part> };
export function pluck(all: Readonly<Record<string, object>>, part: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, member]) =>
      Object.entries(member).flatMap(([key, value]) => (key === part ? [[name, value]] : [])),
    ),
  );
}

type PartOf<Member, Part extends string> = Member extends Record<Part, infer Value> ? Value : never;
