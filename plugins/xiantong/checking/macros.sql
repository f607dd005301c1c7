-- Functions of the rule language. All return null for null.

-- Unified social credit code, GB 32100-2015: weights 3^(i-1) mod 31, check = (31 - sum mod 31) mod 31.
create or replace macro uscc_digit(code, i) as
    instr('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, i, 1)) - 1;

create or replace macro uscc_valid(code) as
    case when code is not null then
        regexp_full_match(code, '[0-9A-HJ-NPQRTUWXY]{18}')
        and (31 - (
            uscc_digit(code, 1) + uscc_digit(code, 2) * 3 + uscc_digit(code, 3) * 9
            + uscc_digit(code, 4) * 27 + uscc_digit(code, 5) * 19 + uscc_digit(code, 6) * 26
            + uscc_digit(code, 7) * 16 + uscc_digit(code, 8) * 17 + uscc_digit(code, 9) * 20
            + uscc_digit(code, 10) * 29 + uscc_digit(code, 11) * 25 + uscc_digit(code, 12) * 13
            + uscc_digit(code, 13) * 8 + uscc_digit(code, 14) * 24 + uscc_digit(code, 15) * 10
            + uscc_digit(code, 16) * 30 + uscc_digit(code, 17) * 28
        ) % 31) % 31 = uscc_digit(code, 18)
    end;

-- Citizen identification number, GB 11643-1999: digits times 2^place mod 11; digits 7-14 are a date.
-- A digit is the difference of two quotients, q(j) - 10 q(j+1) with q(j) = n // 10^j, and 10 is -1 mod
-- 11, so the weighted sum is one of quotients, each times the sum of two neighbouring weights. The
-- list around the number makes DuckDB read it once; this halves the time of seventeen substrings.
create or replace macro id_valid(code) as
    case when code is not null then coalesce(
        length(code) = 18
        and try_strptime(substr(code, 7, 8), '%Y%m%d') is not null
        and list_transform([try_cast(left(code, 17) as bigint)], lambda n: substr('10X98765432', cast((
            n * 2 + n // 10 * 6 + n // 100 * 1
            + n // 1000 * 2 + n // 10000 * 4 + n // 100000 * 8
            + n // 1000000 * 5 + n // 10000000 * 10 + n // 100000000 * 9
            + n // 1000000000 * 7 + n // 10000000000 * 3 + n // 100000000000 * 6
            + n // 1000000000000 * 1 + n // 10000000000000 * 2 + n // 100000000000000 * 4
            + n // 1000000000000000 * 8 + n // 10000000000000000 * 5
        ) % 11 as integer) + 1, 1))[1] = upper(right(code, 1)), false)
    end;

-- Completed years at a day, from YYYY-MM (the first of the month stands for the birthday).
create or replace macro age_from_month(birth_month, day) as
    date_sub('year', try_cast(birth_month || '-01' as date), day);

-- Completed years at a day, from the birth date inside an identification number.
create or replace macro age_from_id(id_no, day) as
    date_sub('year', cast(try_strptime(substr(id_no, 7, 8), '%Y%m%d') as date), day);

-- Last month of a printed window: 1-9月 -> 9, 前三季度 -> 9, 上半年 -> 6, 全年 -> 12.
create or replace macro window_end_month(label) as
    case
        when label is null then null
        when contains(label, '全年') or regexp_full_match(label, '\d{4}年?度?') then 12
        when contains(label, '上半年') or regexp_matches(label, '前[二2]季度|[二2]季度') then 6
        when regexp_matches(label, '前[三3]季度|[三3]季度') then 9
        when regexp_matches(label, '[四4]季度') then 12
        when regexp_matches(label, '[一1]季度') then 3
        else try_cast(nullif(regexp_extract(label, '(\d{1,2})\s*月', 1), '') as integer)
    end;
