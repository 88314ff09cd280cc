/** The page's policy forbids code made at run time. Zod would try it at its first parse, so this is imported first. */

import { z } from "zod";

z.config({ jitless: true });
