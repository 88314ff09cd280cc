/** From the sheet's spec, or the sample, or an image, to a running instance whose console is on screen. */

import type { BuildSpec, Image } from "../../../shared/contract/images.ts";
import type { UnideckClient } from "../../../shared/contract/index.ts";
import type { InstanceSpec } from "../../../shared/contract/instances.ts";
import type { Task } from "../../../shared/contract/tasks.ts";
import { attempt } from "../../platform/attempt.ts";
import { problemOf } from "../../platform/problem-of.ts";
import { showConsole } from "../console/show-console.ts";
import { useSettings } from "../engine.ts";
import { useInstances } from "../instances.ts";
import { useTasks } from "../tasks.ts";
import { useView } from "../view.ts";
import { rememberRun } from "./run-session.ts";
import { useBuild } from "./session.ts";

/** A build that is over sooner shows no progress: a sheet that comes and goes at once only disturbs. */
const UNSEEN_MS = 1000;

/** Builds and, with `run`, starts what is on the sheet; the sheet shows how it goes. */
export async function buildFromSheet(
  client: UnideckClient,
  build: BuildSpec,
  run: InstanceSpec | undefined,
  replace?: string,
): Promise<void> {
  performance.mark("unideck:build");
  try {
    const task = run
      ? await client.instances.buildAndRun({ build, spec: run, replace })
      : await client.images.build(build);
    const { building, draft } = useBuild.getState();
    building(task.id);
    if (run && draft) rememberRun(build.name ?? draft.name, draft);
    await followToEnd(client, task);
  } catch (error) {
    useBuild.getState().backToFields(problemOf(error));
  }
}

/** One click: the bundled sample, built and booted with what new instances get. */
export function trySample(client: UnideckClient): Promise<boolean> {
  return attempt(async () => {
    const { path } = await client.programs.sample();
    const { memoryBytes, cpus } = useSettings.getState().settings.newInstances;
    const task = await client.instances.buildAndRun({ build: { program: path }, spec: { memoryBytes, cpus } });
    const { buildingUnseen, reveal } = useBuild.getState();
    buildingUnseen(task.id, path.split(/[\\/]/).at(-1) ?? "sample");
    const late = setTimeout(() => reveal(task.id), UNSEEN_MS);
    await followToEnd(client, task).finally(() => clearTimeout(late));
  });
}

/** Builds an image again as it was built before, but for `change`. */
export function rebuild(client: UnideckClient, image: Image, change: Partial<BuildSpec> = {}): Promise<boolean> {
  return attempt(async () => {
    if (!image.build) return;
    await client.images.build({ ...image.build.spec, ...change, name: image.name, force: true });
    useView.getState().show("tasks");
  });
}

/** Waits for the task's own instance or its end, whichever the events tell first. */
function followToEnd(client: UnideckClient, task: Task): Promise<void> {
  return new Promise((resolve) => {
    let settled = false;
    const settle = (act: () => void) => {
      if (settled) return;
      settled = true;
      for (const leave of leaving) leave();
      act();
      resolve();
    };
    const look = () => {
      const now = useTasks.getState().byKey[task.id] ?? task;
      const { taskId, isFollowed } = useBuild.getState();
      const mine = isFollowed && taskId === task.id;
      const instance = now.result?.instance && useInstances.getState().byKey[now.result.instance];
      if (instance) {
        return settle(() => {
          if (!mine) return;
          showConsole(client, instance);
          useBuild.getState().finish();
        });
      }
      if (now.state === "running") return;
      const waitsForInstance = now.state === "done" && now.result?.instance !== undefined;
      if (waitsForInstance) return;
      settle(() => {
        if (!mine) return;
        if (now.state === "done") {
          useBuild.getState().close();
          if (now.result?.image) useView.getState().openImage(now.result.image);
        } else useBuild.getState().backToFields(now.problem);
      });
    };
    const leaving = [useTasks.subscribe(look), useInstances.subscribe(look)];
    look();
  });
}
