// The processor's facts as the doctor's document spells them (contracts, section 4.1).
#pragma once

#include "installer/ui/doctor_view.hpp"
#include "sgx/cpuid_facts.hpp"

namespace cosigner::cli {

void put_processor(const sgx::CpuidFacts& facts, ui::DoctorView& view);

}  // namespace cosigner::cli
